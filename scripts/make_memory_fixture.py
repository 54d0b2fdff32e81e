"""Writes Tests/MemoryTests/Fixtures/*.json: what the references say of small inputs, in double precision.

    pip install torch einops einx tensordict assoc-scan hyper-connections x-transformers \\
        rotary-embedding-torch axial-positional-embedding
    python scripts/make_memory_fixture.py HNET TITANS HMT

HNET is a checkout of goombalab/hnet (3673fe1), TITANS of lucidrains/titans-pytorch (cc016eb), HMT of
OswaldHe/HMT-pytorch (177da4b). Their own modules are run with identity projections:

- router.json: hnet's RoutingModule, on the vectors as they are, and of what was read last against
  the next vector, both seen from the running mean.
- delta.json: titans' NeuralMemory over a linear memory, one token a batch. It clamps gradients softly,
  so the sequences with a clip come from the stated equations by torch.autograd.
- recall.json: HMT's CrossAttentionMemory; its query projection carries the sharpness.
- pool.json: a softmax-weighted mean in one go, which Aaren's merge has to give piece by piece.

Only what needs a GPU is replaced: the kernel that hnet imports for its mixer, and moves to the device.
"""

import importlib.util
import json
import math
import pathlib
import sys
import types

import numpy as np
import torch

ROOT = pathlib.Path(__file__).parent.parent
FOLDER = ROOT / "Tests/MemoryTests/Fixtures"
MEAN_PRIOR = 4
SHARPNESS = 12

generator = np.random.default_rng(11)


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def stub(name, **members):
    module = types.ModuleType(name)
    module.__dict__.update(members)
    sys.modules[name] = module


def exact(array):
    """Values that six decimals write and single precision reads, as double precision."""
    return np.round(array, 6).astype(np.float32).astype(np.float64)


def unit(array):
    return array / np.linalg.norm(array, axis=-1, keepdims=True)


def digits(array, count=6):
    return np.round(np.asarray(array, dtype=np.float64), count).tolist()


def walk(count, width):
    """Unit vectors of which each resembles the one before, with a turn now and then."""
    rows = [generator.normal(size=width)]
    for index in range(1, count):
        keep = 0.1 if index % 5 == 0 else 0.8
        rows.append(keep * rows[-1] + generator.normal(size=width))
    return exact(unit(np.stack(rows)))


def sentence_vectors(count):
    path = ROOT / "Tests/ModelsTests/Fixtures/sentence-vectors.f32"
    return exact(np.fromfile(path, dtype="<f4").reshape(-1, 384)[7 : 7 + count])


def router_fixture(hnet):
    for name in ("mamba_ssm", "mamba_ssm.ops", "mamba_ssm.ops.triton"):
        stub(name)
    stub("mamba_ssm.ops.triton.ssd_combined", mamba_chunk_scan_combined=None)
    stub("hnet")
    stub("hnet.modules")
    load("hnet.modules.utils", hnet / "hnet/modules/utils.py")
    routing = load("hnet.modules.dc", hnet / "hnet/modules/dc.py")

    def probabilities(rows):
        module = routing.RoutingModule(rows.shape[1], dtype=torch.float64)
        states = torch.from_numpy(rows)[None]
        mask = torch.ones(states.shape[:2], dtype=torch.bool)
        with torch.no_grad():
            return module(states, mask=mask).boundary_prob[0, :, 1].numpy()

    cases = []
    noise = exact(0.9 * unit(generator.normal(size=(12, 8))))
    for rows in (noise, walk(24, 16), sentence_vectors(14)):
        centred = [1.0]
        context = rows[0]
        for index in range(1, len(rows)):
            mean = rows[:index].sum(axis=0) / (index + MEAN_PRIOR)
            centred.append(probabilities(np.stack([context, rows[index]]) - mean)[1])
            context = (context + rows[index]) / 2
        cases.append(
            {
                "rows": digits(rows),
                "plain": digits(probabilities(rows), 9),
                "centred": digits(centred, 9),
            }
        )
    return cases


def titans_losses(titans, rows, momentum, rate, forgetting):
    """The loss of each step and the memory at the end, by the reference's own module."""
    sys.path.insert(0, str(titans))
    from titans_pytorch.memory_models import MemoryMLP
    from titans_pytorch.neural_memory import NeuralMemory

    width = rows.shape[1]
    torch.set_default_dtype(torch.float64)
    memory = NeuralMemory(
        dim=width,
        chunk_size=1,
        batch_size=1,
        model=MemoryMLP(width, depth=1),
        mem_model_norm_add_residual=False,
        pre_rmsnorm=False,
        qkv_receives_diff_views=True,
        momentum=momentum > 0,
        store_memory_loss_fn=lambda predicted, target: (predicted - target).pow(2).sum(dim=-1),
        adaptive_step_transform=lambda step: torch.full_like(step, rate),
        init_momentum_bias=math.log(momentum / (1 - momentum)) if momentum > 0 else None,
        init_decay_bias=math.log(forgetting / (1 - forgetting)) if forgetting > 0 else -1e9,
    )
    with torch.no_grad():
        for projection in (memory.to_queries, memory.to_keys, memory.to_values):
            projection.weight.copy_(torch.eye(width))
        for weight in memory.memory_model_parameters:
            weight.zero_()
    sequence = torch.from_numpy(rows)[:, None]
    keys, values = sequence[:-1], sequence[1:]
    views = torch.stack([keys, keys, values]).transpose(1, 2)
    _, state, surprises = memory(views, return_surprises=True)
    torch.set_default_dtype(torch.float32)
    (weights,) = state.weights.values()
    return surprises[0][0, 0].detach().numpy(), weights[0].detach().numpy()


def stated_losses(rows, momentum, rate, forgetting, clip):
    """The same from the equations, with a hard clip of the gradient."""
    width = rows.shape[1]
    memory = torch.zeros(width, width, dtype=torch.float64)
    update = torch.zeros_like(memory)
    losses = []
    for key, value in zip(torch.from_numpy(rows[:-1]), torch.from_numpy(rows[1:])):
        memory.requires_grad_(True)
        loss = (key @ memory - value).pow(2).sum()
        (gradient,) = torch.autograd.grad(loss, memory)
        memory = memory.detach()
        norm = gradient.norm()
        if norm > clip:
            gradient = gradient * (clip / norm)
        update = momentum * update - rate * gradient
        memory = (1 - forgetting) * memory + update
        losses.append(loss.item())
    return np.array(losses), memory.numpy()


def delta_fixture(titans):
    cases = []
    settings = [(0.5, 0.125, 0.01, 1e9), (0.9, 0.02, 0.05, 1e9), (0.0, 0.5, 0.0, 1e9)]
    settings += [(0.5, 0.125, 0.01, 1.0), (0.9, 0.1, 0.02, 0.5)]
    for momentum, rate, forgetting, clip in settings:
        rows = walk(40, 12)
        losses, memory = stated_losses(rows, momentum, rate, forgetting, clip)
        source = "equations"
        if clip == 1e9:
            of_equations = losses, memory
            losses, memory = titans_losses(titans, rows, momentum, rate, forgetting)
            for ours, theirs in zip(of_equations, (losses, memory)):
                assert np.allclose(ours, theirs, atol=1e-6), "the equations are the reference's"
            source = "titans-pytorch"
        cases.append(
            {
                "source": source,
                "momentum": momentum,
                "learningRate": rate,
                "forgetting": forgetting,
                "maximumGradientNorm": clip,
                "rows": digits(rows),
                "losses": digits(losses, 9),
                "memory": digits(memory, 9),
            }
        )
    return cases


def recall_fixture(hmt):
    module = load("long_mem_cross_attn", hmt / "modeling_rmt/long_mem_cross_attn.py")
    # The module moves its inputs to a device and to half precision by name.
    torch.Tensor.cuda = lambda self: self
    torch.Tensor.bfloat16 = lambda self: self
    cases = []
    for queue in (walk(1, 8), walk(9, 16), sentence_vectors(12)):
        width = queue.shape[1]
        memory = module.CrossAttentionMemory(width, width).double()
        with torch.no_grad():
            memory.wk.weight.copy_(torch.eye(width))
            memory.wq.weight.copy_(torch.eye(width) * SHARPNESS * math.sqrt(width))
            query = exact(unit(queue[-1] + 0.1 * generator.normal(size=width)))
            output, *_ = memory(torch.from_numpy(queue)[None], torch.from_numpy(query)[None, None])
        cases.append(
            {"queue": digits(queue), "query": digits(query), "recalled": digits(output[0, 0], 9)}
        )
    return cases


def pool_fixture():
    cases = []
    for count, width, spread in [(1, 4, 1), (7, 5, 1), (60, 16, 10), (60, 16, 60)]:
        rows = exact(generator.normal(size=(count, width)))
        scores = exact(spread * generator.normal(size=count))
        weights = np.exp(scores - scores.max())
        mean = (weights / weights.sum()) @ rows
        cases.append({"rows": digits(rows), "scores": digits(scores), "mean": digits(mean, 9)})
    return cases


def write(name, cases):
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps(cases, separators=(",", ":"))
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")


if len(sys.argv) != 4:
    sys.exit(__doc__)
hnet, titans, hmt = (pathlib.Path(argument) for argument in sys.argv[1:])
write("router.json", router_fixture(hnet))
write("delta.json", delta_fixture(titans))
write("recall.json", recall_fixture(hmt))
write("pool.json", pool_fixture())
