//! Whom to believe over https: the issuers of one file, and a certificate that stands in that file itself.

use std::{path::Path, sync::Arc};

use tokio_rustls::rustls::{
    self, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};

use super::OutboundError;

/// TLS that believes what a PEM file names and nobody else.
pub(super) fn trusting(ca: &Path) -> Result<Arc<ClientConfig>, OutboundError> {
    let bad = |why: String| OutboundError::Config(format!("rephrase.ca = {}: {why}", ca.display()));
    let mut roots = RootCertStore::empty();
    let mut named = Vec::new();
    for issuer in CertificateDer::pem_file_iter(ca).map_err(|e| bad(e.to_string()))? {
        let issuer = issuer.map_err(|e| bad(e.to_string()))?;
        named.push(issuer.clone());
        roots.add(issuer).map_err(|e| bad(e.to_string()))?;
    }
    if roots.is_empty() {
        return Err(bad("文件中没有证书(PEM)".into()));
    }
    let provider = Arc::new(ring::default_provider());
    let issued = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|e| bad(e.to_string()))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| bad(e.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trust { issued, named }))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// As the library has it, and one thing more. `openssl req -x509` makes a certificate that calls itself an issuer;
/// the library takes no issuer for a server, though the file names this very one.
#[derive(Debug)]
struct Trust {
    issued: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let told = self.issued.verify_server_cert(shown, between, name, ocsp, now);
        let as_issuer = matches!(&told, Err(rustls::Error::InvalidCertificate(CertificateError::Other(_))));
        if as_issuer && self.named.iter().any(|own| own == shown) {
            verify_server_name(&ParsedCertificate::try_from(shown)?, name)?;
            return Ok(ServerCertVerified::assertion());
        }
        told
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.issued.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.issued.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.issued.supported_verify_schemes()
    }
}
