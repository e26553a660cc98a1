//! Which addresses are on the local network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is this machine's, of a private range (RFC 1918, RFC 4193) or link-local.
pub fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_local_v4(v4),
        IpAddr::V6(v6) => is_local_v6(v6),
    }
}

fn is_local_v4(v4: Ipv4Addr) -> bool {
    v4.is_loopback() || v4.is_private() || v4.is_link_local()
}

fn is_local_v6(v6: Ipv6Addr) -> bool {
    // An address that only carries one of IPv4 is as local as that one.
    if let Some(v4) = v6.to_ipv4_mapped() {
        return is_local_v4(v4);
    }
    v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()
}
