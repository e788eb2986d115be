//! Configuration files that go with a deployment: settings of environments, descriptions of apps and packages, what is
//! registered with the access centre, templates. What they say; no judgement here.

pub mod document;
pub mod environment;
pub mod iam;
pub mod packages;
pub mod template;
mod value;

pub use document::{Document, Node};
pub use environment::EnvironmentFile;
pub use iam::IamModel;
pub use packages::PackageDescription;
pub use template::Template;
pub use value::value_of;
