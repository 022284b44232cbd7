//! The protocol, tested by scripts (`script`) and by random histories (`histories`). A test is named by its P-item.

mod aggregated;
mod delta;
mod delta_reconnect;
mod dice;
mod histories;
mod isolation;
mod limits;
mod model;
mod nacks;
mod portions;
mod script;
mod sotw;
mod sotw_content;
mod sotw_wildcard;
