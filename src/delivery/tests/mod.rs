//! What nodes are shown, tested by scripts (`script`) and by random histories (`histories`), both with the same clients
//! (`client`) and generations (`kit`). A test is named by its P-item.

mod client;
mod histories;
mod kit;
mod laws;
mod returns;
mod script;
mod stages;
mod trials;
mod unhindered;
mod wire;
mod world;
