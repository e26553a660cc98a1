"""Our bundle as other people would run it: a PyTorch module with the bundle's weights, and its ONNX graphs.

The network is that of `src/model/encoder.rs` and `src/model/heads.rs`: ModernBERT layout (pre-norm, rotary positions
in half-split form, GeGLU, no biases), first token and mean side by side through one tanh layer, a linear map for each
head. `export` writes the graphs into a folder of its own beside the bundle's id, once.
"""

import contextlib
import json
import os
import pathlib
import sys

import numpy as np

def config_of(bundle: pathlib.Path) -> dict:
    config = json.loads((bundle / "config.json").read_text())
    if config["model_type"] != "modernbert" or config.get("global_attn_every_n_layers", 3) != 1:
        raise SystemExit(f"{bundle}: only a modernbert whose layers all see the whole sequence is compared")
    return config


def labels_of(bundle: pathlib.Path) -> dict:
    """Labels of each head for the whole text, in the order of the outputs: those of triage, then any others."""
    labels = json.loads((bundle / "labels.json").read_text())
    further = labels.pop("heads", [])
    return labels | {head["name"]: head["labels"] for head in further if head["kind"] != "span"}


def weights_of(bundle: pathlib.Path) -> dict:
    from safetensors.numpy import load_file

    tensors = load_file(bundle / "model.safetensors")
    return {name: t.astype(np.float32) for name, t in tensors.items() if not name.startswith("ngram.")}


def network(bundle: pathlib.Path):
    """The module in f32, ready to answer."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    config, weights = config_of(bundle), weights_of(bundle)
    hidden, heads, eps = config["hidden_size"], config["num_attention_heads"], config["norm_eps"]
    dim = hidden // heads

    def linear(name):
        w = torch.from_numpy(weights[f"{name}.weight"])
        b = weights.get(f"{name}.bias")
        layer = nn.Linear(w.shape[1], w.shape[0], bias=b is not None)
        layer.weight.data = w
        if b is not None:
            layer.bias.data = torch.from_numpy(b)
        return layer

    def norm(name):
        layer = nn.LayerNorm(hidden, eps=eps, bias=False)
        layer.weight.data = torch.from_numpy(weights[f"{name}.weight"])
        return layer

    def rotated(x, cos, sin):
        a, b = x.chunk(2, dim=-1)
        return x * cos + torch.cat((-b, a), dim=-1) * sin

    class Layer(nn.Module):
        def __init__(self, n):
            super().__init__()
            name = f"model.layers.{n}"
            self.attn_norm = norm(f"{name}.attn_norm") if n else nn.Identity()
            self.qkv, self.out = linear(f"{name}.attn.Wqkv"), linear(f"{name}.attn.Wo")
            self.mlp_norm = norm(f"{name}.mlp_norm")
            self.up, self.down = linear(f"{name}.mlp.Wi"), linear(f"{name}.mlp.Wo")

        def forward(self, x, cos, sin, mask):
            batch, length, _ = x.shape
            qkv = self.qkv(self.attn_norm(x)).view(batch, length, 3, heads, dim).permute(2, 0, 3, 1, 4)
            q, k, v = qkv[0], qkv[1], qkv[2]
            seen = F.scaled_dot_product_attention(rotated(q, cos, sin), rotated(k, cos, sin), v, attn_mask=mask)
            x = x + self.out(seen.transpose(1, 2).reshape(batch, length, hidden))
            value, gate = self.up(self.mlp_norm(x)).chunk(2, dim=-1)
            return x + self.down(F.gelu(value) * gate)

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            table = torch.from_numpy(weights["model.embeddings.tok_embeddings.weight"])
            self.tokens = nn.Embedding.from_pretrained(table)
            self.embedding_norm = norm("model.embeddings.norm")
            self.layers = nn.ModuleList(Layer(n) for n in range(config["num_hidden_layers"]))
            self.final_norm = norm("model.final_norm")
            self.dense = linear("heads.dense")
            self.heads = nn.Linear(hidden, 1)
            parts = [(weights[f"heads.{h}.weight"], weights[f"heads.{h}.bias"]) for h in labels_of(bundle)]
            self.heads.weight.data = torch.from_numpy(np.concatenate([w for w, _ in parts]))
            self.heads.bias.data = torch.from_numpy(np.concatenate([b for _, b in parts]))
            rate = config["global_rope_theta"] ** -(np.arange(dim // 2) * 2.0 / dim)
            angles = np.outer(np.arange(config["max_position_embeddings"]), rate)
            angles = np.concatenate([angles, angles], axis=1)
            self.register_buffer("cos", torch.from_numpy(np.cos(angles).astype(np.float32)))
            self.register_buffer("sin", torch.from_numpy(np.sin(angles).astype(np.float32)))

        def forward(self, ids, mask=None):
            """Logits of all heads; `mask` is true where a token stands, none where nothing is padded."""
            x = self.embedding_norm(self.tokens(ids))
            length = ids.shape[1]
            cos, sin = self.cos[:length], self.sin[:length]
            seen = None if mask is None else mask[:, None, None, :]
            for layer in self.layers:
                x = layer(x, cos, sin, seen)
            x = self.final_norm(x)
            if mask is None:
                mean = x.mean(dim=1)
            else:
                share = mask.to(x.dtype)
                share = share / share.sum(dim=1, keepdim=True)
                mean = torch.matmul(share[:, None, :], x)[:, 0]
            return self.heads(torch.tanh(self.dense(torch.cat((x[:, 0], mean), dim=-1))))

    return Network().eval()


def export(bundle: pathlib.Path, work: pathlib.Path):
    """Writes `f32.onnx` and `int8.onnx` (dynamically quantised) unless they are there."""
    paths = {name: work / f"{name}.onnx" for name in ("f32", "int8")}
    if all(path.exists() for path in paths.values()):
        return
    import onnx
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    work.mkdir(parents=True, exist_ok=True)
    ids, mask = torch.randint(4, 100, (2, 16)), torch.ones(2, 16, dtype=torch.bool)
    mask[1, 9:] = False
    axes = {0: torch.export.Dim("batch", max=1024), 1: torch.export.Dim("length", max=512)}
    whole, small = work / "f32.tmp", work / "int8.tmp"
    with contextlib.redirect_stdout(sys.stderr):
        torch.onnx.export(
            network(bundle), (ids, mask), whole, input_names=["ids", "mask"], output_names=["logits"], dynamo=True,
            dynamic_shapes={"ids": axes, "mask": axes}, external_data=False, verbose=False,
        )
    # the exporter's notes on shapes are wrong for the heads, and the quantiser trips over them
    model = onnx.load(whole)
    del model.graph.value_info[:]
    onnx.save(model, whole)
    # weights by column in signed bytes, as ours; VNNI adds up without saturation, so no reduced range
    quantize_dynamic(whole, small, per_channel=True, weight_type=QuantType.QInt8)
    os.replace(whole, paths["f32"])
    os.replace(small, paths["int8"])
