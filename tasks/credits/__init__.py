"""Graduate credits: transcript requests and the credit provider."""
