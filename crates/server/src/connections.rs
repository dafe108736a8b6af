//! Who may have how many connections: so many in all, and so many from one address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// Connections at a time. Further ones are turned away.
pub const TOTAL: usize = 1_024;
/// Of these, from one address that is no proxy of ours.
pub const FROM_ONE: usize = 64;

/// Counts open connections.
#[derive(Clone, Default)]
pub struct Connections(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    total: usize,
    /// Only addresses that are counted, and only while they have connections.
    by_address: HashMap<IpAddr, usize>,
}

/// A connection's place; given back when dropped.
pub struct Place {
    connections: Connections,
    address: Option<IpAddr>,
}

impl Connections {
    /// A place for a connection from this address, if there is one. `counted`: the address is a client's own, not a
    /// proxy's that speaks for many.
    pub fn take(&self, address: IpAddr, counted: bool) -> Option<Place> {
        let address = counted.then(|| address.to_canonical());
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.total >= TOTAL {
            return None;
        }
        if let Some(address) = address {
            let from_one = open.by_address.entry(address).or_default();
            if *from_one >= FROM_ONE {
                return None;
            }
            *from_one += 1;
        }
        open.total += 1;
        Some(Place { connections: self.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.connections.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.total -= 1;
        if let Some(address) = self.address
            && let Some(from_one) = open.by_address.get_mut(&address)
        {
            *from_one -= 1;
            if *from_one == 0 {
                open.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_its_share_and_all_have_theirs() {
        let connections = Connections::default();
        let noisy: IpAddr = "192.0.2.1".parse().unwrap();
        let mut open: Vec<Place> = (0..FROM_ONE).map(|_| connections.take(noisy, true).unwrap()).collect();
        assert!(connections.take(noisy, true).is_none());
        assert!(connections.take("::ffff:192.0.2.1".parse().unwrap(), true).is_none(), "the same address");
        assert!(connections.take("192.0.2.2".parse().unwrap(), true).is_some(), "somebody else");
        open.pop();
        open.push(connections.take(noisy, true).expect("a place was given back"));
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        open.extend((FROM_ONE..TOTAL).map(|_| connections.take(proxy, false).unwrap()));
        assert!(connections.take(proxy, false).is_none());
        drop(open);
        let inside = connections.0.lock().unwrap();
        assert_eq!((inside.total, inside.by_address.len()), (0, 0), "nothing is remembered of who is gone");
    }
}
