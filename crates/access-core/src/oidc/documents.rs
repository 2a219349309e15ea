//! Where the documents of identity providers come from: core has no HTTP.

use async_trait::async_trait;

/// Largest document that is read, in bytes.
pub const DOCUMENT_LIMIT: usize = 256 * 1024;

/// Why a document could not be had, in words for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// This service does not ask there: a rule forbids it.
    #[error("not asked: {0}")]
    Forbidden(String),
    /// It was asked, and did not answer with the document.
    #[error("{0}")]
    Failed(String),
}

/// Reads documents from other services.
#[async_trait]
pub trait ProviderDocuments: Send + Sync + 'static {
    /// The document at an `https` address, of at most [`DOCUMENT_LIMIT`] bytes. No redirect is followed, and only the
    /// status 200 is an answer. Ends within seconds.
    ///
    /// # Errors
    /// [`DocumentError`].
    async fn read(&self, url: &str) -> Result<Vec<u8>, DocumentError>;
}

/// None are to be had.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoDocuments;

#[async_trait]
impl ProviderDocuments for NoDocuments {
    async fn read(&self, _: &str) -> Result<Vec<u8>, DocumentError> {
        Err(DocumentError::Forbidden("this process has no way to other services".to_owned()))
    }
}
