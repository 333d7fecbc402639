"""Send SMS through any provider."""
