//! The protocol, tested by scripts (`script`) and by chance (`histories`, `isolation_random`). A test is named by its
//! P-item.

mod aggregated;
mod claims;
mod delta;
mod delta_reconnect;
mod dice;
mod histories;
mod isolation;
mod isolation_random;
mod limits;
mod model;
mod nacks;
mod portions;
mod script;
mod sharing;
mod sotw;
mod sotw_content;
mod sotw_wildcard;
