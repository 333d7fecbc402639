"""The checks of the conformance kit, in groups; `ProviderConformance` is all of them."""
