"""Any network of escnn modules on R^3, faster and in less memory: ``accelerate(network)``."""

from labbook.models.steerable.accelerated.acceleration import accelerate, plain

__all__ = ["accelerate", "plain"]
