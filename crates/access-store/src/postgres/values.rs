//! How values go into the places of a statement.

use crate::sql::db::Value;
use std::error::Error;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let number = |number: i64, out: &mut BytesMut| match *ty {
            Type::INT4 => i32::try_from(number)?.to_sql(ty, out),
            Type::BOOL => (number != 0).to_sql(ty, out),
            _ => number.to_sql(&Type::INT8, out),
        };
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(value) => number(*value, out),
            Self::Truth(truth) => number(i64::from(*truth), out),
            Self::Text(text) => text.to_sql(ty, out),
            Self::Bytes(bytes) => bytes.to_sql(ty, out),
            Self::Id(id) => id.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        // The statements are this crate's, and every one of them is run by a test.
        true
    }

    to_sql_checked!();
}
