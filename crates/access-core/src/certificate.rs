//! The self-signed root certificate that carries the public key to verifiers (access-api.md 2.3).

use crate::random::{self, Random};
use access_types::ServiceId;
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, KeyPair, SerialNumber};
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256};
use time::{Date, Month, OffsetDateTime, Time};

/// The one extension of the wire's certificates, 2.5.29.17.1, and its content octets.
const EXTENSION: &[u64] = &[2, 5, 29, 17, 1];
const EXTENSION_CONTENT: [u8; 13] =
    [0x30, 0x0b, 0xa0, 0x09, 0x06, 0x04, 0x55, 0x1d, 0x11, 0x01, 0x02, 0x01, 0x00];

/// Makes the certificate of the private key `pkcs8` and gives its DER.
pub(crate) fn self_signed(
    service: &ServiceId,
    pkcs8: &[u8],
    is_rsa: bool,
    now: u64,
    random: &dyn Random,
) -> Result<Vec<u8>, String> {
    let algorithm = if is_rsa { &PKCS_RSA_SHA256 } else { &PKCS_ECDSA_P256_SHA256 };
    let key = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8.into(), algorithm).map_err(|e| e.to_string())?;
    let mut serial: [u8; 16] = random::bytes(random).map_err(|e| e.to_string())?;
    // A serial number is positive, and of 128 bits only if its first byte says so.
    serial[0] = (serial[0] & 0x7f) | 0x40;

    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, format!("JFrog Token Issuer {service}"));
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.not_before = i64::try_from(now)
        .ok()
        .and_then(|now| OffsetDateTime::from_unix_timestamp(now).ok())
        .ok_or("the clock is out of range")?;
    params.not_after = Date::from_calendar_date(7000, Month::January, 1)
        .map(|date| OffsetDateTime::new_utc(date, Time::MIDNIGHT))
        .map_err(|e| e.to_string())?;
    params.is_ca = IsCa::NoCa;
    params.custom_extensions = vec![CustomExtension::from_oid_content(EXTENSION, EXTENSION_CONTENT.to_vec())];
    Ok(params.self_signed(&key).map_err(|e| e.to_string())?.der().to_vec())
}
