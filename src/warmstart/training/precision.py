"""In which numbers a network computes while it learns."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

Numbers = Literal["float32", "bfloat16"]


def numbers_for(precision: str, device: torch.device) -> Numbers:
    """Return the numbers that a recipe's ``precision`` means on a device.

    ``"auto"`` is bfloat16 on a GPU that computes in it, float32 elsewhere: a CPU that has to
    imitate bfloat16 is slower with it.
    """
    if precision == "auto":
        has = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        return "bfloat16" if has else "float32"
    return "bfloat16" if precision == "bfloat16" else "float32"


def computing_in(numbers: Numbers, device: torch.device) -> AbstractContextManager[object]:
    """Let layers that bear it compute in these numbers; weights stay float32."""
    if numbers == "float32":
        return contextlib.nullcontext()
    lower = torch.autocast(device.type, dtype=torch.bfloat16)
    return lower if device.type != "cpu" else _on_cpu(lower)


@contextlib.contextmanager
def _on_cpu(lower: AbstractContextManager[object]) -> Iterator[None]:
    with lower, _WrittenPadding():
        yield


class _WrittenPadding(TorchFunctionMode):
    """Writes the zeros around maps so small that a weight of a convolution sees nothing else.

    The gradient of such a weight is zero. In bfloat16 on a CPU, PyTorch leaves it as it found the
    memory, which may hold NaN, where the zeros are those of the convolution's own padding.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call a function of PyTorch, a convolution with its zeros written."""
        more = kwargs or {}
        return _convolution(*args, **more) if func is torch.conv2d else func(*args, **more)


def _convolution(
    input: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> torch.Tensor:
    maps = input
    # "same" goes with stride 1 only, which leaves nothing out
    if maps.ndim == 4 and not isinstance(padding, str):
        rows, columns = _pair(padding)
        shape = maps.shape[2:], weight.shape[2:], _pair(stride), _pair(padding), _pair(dilation)
        if any(_sees_padding_only(*of_side) for of_side in zip(*shape, strict=True)):
            maps = functional.pad(maps, (columns, columns, rows, rows))
            padding = 0
    return torch.conv2d(maps, weight, bias, stride, padding, dilation, groups)


def _sees_padding_only(size: int, kernel: int, stride: int, padding: int, dilation: int) -> bool:
    """Whether a weight of a kernel, along one side of the maps, never meets a value of theirs."""
    last = size + 2 * padding - dilation * (kernel - 1)
    return any(
        not any(0 <= start + tap * dilation - padding < size for start in range(0, last, stride))
        for tap in range(kernel)
    )


def _pair(value: Any) -> tuple[int, int]:
    rows, *columns = (value,) if isinstance(value, int) else tuple(value)
    return rows, *(columns or (rows,))
