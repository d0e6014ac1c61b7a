//! The last link of ureq's connector chain: the buffers that a request and its answer went through hold a secret and a
//! token, and are wiped when the connection is closed. What rustls has inside is out of reach.

use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use zeroize::Zeroize;

/// Has every connection wiped.
#[derive(Debug)]
pub(super) struct WipingConnector;

impl<In: Transport> Connector<In> for WipingConnector {
    type Out = Wiping<In>;

    fn connect(&self, _details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        Ok(chained.map(Wiping))
    }
}

/// A connection that does what the one inside does, until it is dropped.
#[derive(Debug)]
pub(super) struct Wiping<T: Transport>(T);

impl<T: Transport> Transport for Wiping<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

impl<T: Transport> Drop for Wiping<T> {
    fn drop(&mut self) {
        let buffers = self.0.buffers();
        // Once all of the input is consumed, all of its buffer is free, and can be written to.
        buffers.input_consume(buffers.input().len());
        buffers.input_append_buf().zeroize();
        buffers.output().zeroize();
    }
}
