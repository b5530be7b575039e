"""The processes of one run under `accelerate launch`, or the only one. Every process holds the whole state."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch
from accelerate import Accelerator
from torch import Tensor, nn


class Ranks:
    """Args:
        corrections, animations: faces of a whole batch; both must divide by the number of processes.

    Raises:
        ValueError: they don't, or mixed precision is other than "no" or "bf16".
    """

    def __init__(self, corrections: int, animations: int) -> None:
        self._accelerator = Accelerator(cpu=not torch.cuda.is_available())
        self.index, self.count = self._accelerator.process_index, self._accelerator.num_processes
        self.device, self.first = self._accelerator.device, self._accelerator.is_main_process
        if corrections % self.count or animations % self.count:
            raise ValueError(
                f"{self.count} processes can't share {corrections} + {animations} faces evenly: choose numbers of "
                "corrections and animations that divide."
            )
        if self._accelerator.mixed_precision not in ("no", "bf16"):
            raise ValueError(f"mixed precision {self._accelerator.mixed_precision} is not supported: use bf16 or no")

    def autocast(self) -> AbstractContextManager:
        """Mixed precision as `accelerate launch` was told."""
        return self._accelerator.autocast()

    def average_gradients(self, module: nn.Module) -> None:
        """After `backward`: every process gets the mean gradient."""
        if self.count == 1:
            return
        gradients = [parameter.grad for parameter in module.parameters() if parameter.grad is not None]
        flat = self._accelerator.reduce(torch.cat([gradient.flatten() for gradient in gradients]), "mean")
        for gradient, mean in zip(gradients, flat.split([gradient.numel() for gradient in gradients])):
            gradient.copy_(mean.view_as(gradient))

    def mean(self, terms: dict[str, Tensor]) -> dict[str, Tensor]:
        """Terms of the log, over all processes. A term that one process lacks counts as 0 there."""
        if self.count == 1:
            return terms
        names = sorted({name for names in self._gather(list(terms)) for name in names})
        values = torch.stack([terms.get(name, torch.zeros((), device=self.device)).float() for name in names])
        return dict(zip(names, self._accelerator.reduce(values, "mean")))

    def require_equal(self, module: nn.Module) -> None:
        """Every process must hold the same weights: drift would train as many models as there are processes.

        Raises:
            RuntimeError: they don't.
        """
        if self.count == 1:
            return
        weights = torch.cat([parameter.detach().flatten() for parameter in module.parameters()])
        gathered = self._accelerator.gather(weights[None])
        if not (gathered == gathered[0]).all():
            raise RuntimeError(f"the weights of the {self.count} processes have drifted apart")
        self.say(f"all {self.count} processes hold the same weights")

    def wait(self) -> None:
        self._accelerator.wait_for_everyone()

    def end(self) -> None:
        """Part in good order: a process that leaves while another still talks to it may abort that one."""
        self.wait()
        self._accelerator.end_training()

    def say(self, text: str) -> None:
        self._accelerator.print(text, flush=True)

    def _gather(self, value: list[str]) -> list[list[str]]:
        gathered: list = [None] * self.count
        torch.distributed.all_gather_object(gathered, value)
        return gathered
