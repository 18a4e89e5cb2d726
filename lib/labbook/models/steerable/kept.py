"""What is computed from parameters alone, remembered until one of them changes."""

from collections.abc import Callable, Iterable

from torch import Tensor, is_grad_enabled


class Kept:
    """The last result of a computation from parameters, for calls without gradients."""

    def __init__(self):
        self.forget()

    def forget(self) -> None:
        """Compute anew at the next call."""
        self._key, self._value = None, None

    def get(self, parameters: Iterable[Tensor], make: Callable[[], object]):
        """``make()``, or its last result where no parameter was written to, moved or replaced."""
        if is_grad_enabled():
            self.forget()
            return make()
        key = [(id(p), p.data_ptr(), p._version, p.dtype, p.device) for p in parameters]
        if self._key != key:
            self._key, self._value = key, make()
        return self._value
