"""Measures the sentence encoder against OpenVINO and ONNX Runtime, side by side in one run.

    swift build -c release --product EmbeddingBenchmark
    python Benchmarks/embedding_peers.py models/all-MiniLM-L6-v2 ../shared/data/books

The feed is sentences of the gzipped books and passages of about 250 pieces made of them. Peers and
ours take turns, round by round, and the best round of each counts. Peers get their best: pieces
ready made, sorted by length, the best of several batch sizes, a stream a thread, the mean over
pieces inside the model. Pieces per second count `[CLS]` and `[SEP]`, never padding. Rates are by
the clock, and by processor time times threads, which a busy machine disturbs less. Cosines are to
ours in f32, which the tests hold against sentence-transformers.

Models are exported from the same weights into a temporary folder; OpenVINO's int8 is made by NNCF,
calibrated on sentences that are not measured, ONNX Runtime's by its dynamic quantization.
Needs torch 2.15, transformers 5.24, onnx 1.23, onnxruntime 1.32, openvino 2026.4, nncf 3.4.
"""

import argparse
import glob
import gzip
import os
import random
import re
import subprocess
import tempfile
import time

import numpy

BATCH_SIZES = (8, 16, 32, 64)
OURS = ("int8", "bf16", "f32")
RIVALS = {"int8": ("OpenVINO int8", "ONNX Runtime int8"), "bf16": ("OpenVINO bf16",),
          "f32": ("OpenVINO f32", "ONNX Runtime f32")}


def feed(books, calibration_count, sentence_count, passage_count):
    """Sentences for calibration, sentences and passages to measure, in a fixed random order."""
    sentences, passages = [], []
    for path in sorted(glob.glob(books + "/*.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            text = re.sub(r"\s+", " ", file.read())
        own = [s.strip() for s in re.split(r"(?<=[.!?])\s+(?=[\"“A-Z])", text)]
        own = [s for s in own if 20 <= len(s) <= 500]
        sentences += own
        passage = ""
        for sentence in own:
            passage += sentence + " "
            if len(passage.split()) >= 200:
                passages.append(passage.strip())
                passage = ""
    shuffler = random.Random(5)
    shuffler.shuffle(sentences)
    shuffler.shuffle(passages)
    end = calibration_count + sentence_count
    return sentences[:calibration_count], sentences[calibration_count:end], passages[:passage_count]


def pieces(folder, texts):
    from tokenizers import BertWordPieceTokenizer

    tokenizer = BertWordPieceTokenizer(folder + "/vocab.txt", lowercase=True)
    tokenizer.enable_truncation(256)
    return [encoding.ids for encoding in tokenizer.encode_batch(texts)]


def batches(sequences, size):
    order = sorted(range(len(sequences)), key=lambda index: len(sequences[index]))
    for start in range(0, len(order), size):
        batch = order[start:start + size]
        length = max(len(sequences[index]) for index in batch)
        ids = numpy.zeros((len(batch), length), numpy.int64)
        mask = numpy.zeros((len(batch), length), numpy.int64)
        for row, index in enumerate(batch):
            ids[row, :len(sequences[index])] = sequences[index]
            mask[row, :len(sequences[index])] = 1
        yield batch, {"ids": ids, "mask": mask}


def export(folder, path):
    import torch
    from transformers import BertModel

    class Encoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = BertModel.from_pretrained(
                folder, add_pooling_layer=False, attn_implementation="eager"
            )

        def forward(self, ids, mask):
            hidden = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
            weights = mask.unsqueeze(-1).to(hidden.dtype)
            return torch.nn.functional.normalize((hidden * weights).sum(1), dim=-1)

    ids = torch.ones(2, 8, dtype=torch.long)
    axes = {0: "batch", 1: "length"}
    torch.onnx.export(
        Encoder().eval(), (ids, ids), path, dynamo=False, opset_version=17,
        input_names=["ids", "mask"], output_names=["vectors"],
        dynamic_axes={"ids": axes, "mask": axes, "vectors": {0: "batch"}},
    )


class OpenVINO:
    def __init__(self, model, precision, threads):
        import openvino

        settings = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": threads,
                    "INFERENCE_PRECISION_HINT": "f32" if precision == "f32" else "bf16"}
        compiled = openvino.Core().compile_model(model, "CPU", settings)
        self.queue = openvino.AsyncInferQueue(compiled, threads)

    def vectors(self, sequences, size):
        result = numpy.zeros((len(sequences), 384), numpy.float32)

        def keep(request, batch):
            result[batch] = request.get_output_tensor(0).data

        self.queue.set_callback(keep)
        for batch, inputs in batches(sequences, size):
            self.queue.start_async(inputs, batch)
        self.queue.wait_all()
        return result


class ONNXRuntime:
    def __init__(self, path, threads):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )

    def vectors(self, sequences, size):
        result = numpy.zeros((len(sequences), 384), numpy.float32)
        for batch, inputs in batches(sequences, size):
            result[batch] = self.session.run(None, inputs)[0]
        return result


def quantized(model, sequences):
    """OpenVINO's model in int8."""
    import nncf

    calibration = [inputs for _, inputs in batches(sequences, 1)]
    return nncf.quantize(
        model, nncf.Dataset(calibration), model_type=nncf.ModelType.TRANSFORMER,
        preset=nncf.QuantizationPreset.MIXED, subset_size=len(calibration),
    )


class Ours:
    """Our encoder in one precision: each measurement is a process of its own."""

    def __init__(self, program, folder, precision, threads, temporary):
        self.command = [program, folder]
        self.rest = [str(threads), precision, temporary + "/ours.f32"]

    def measure(self, path):
        printed = subprocess.run(
            self.command + [path] + self.rest, check=True, capture_output=True, text=True
        ).stdout
        values = dict(line.split() for line in printed.splitlines())
        vectors = numpy.fromfile(self.rest[-1], "<f4").reshape(-1, 384)
        rates = float(values["pieces_per_second"]), float(values["pieces_per_processor_second"])
        return rates, vectors, f"load {1000 * float(values['load_seconds']):.0f} ms"


class Peer:
    """A peer with the batch size that was best in the first round."""

    def __init__(self, engine, sequences):
        self.engine, self.sequences, self.sizes = engine, sequences, list(BATCH_SIZES)

    def measure(self, path):
        count = sum(map(len, self.sequences))
        best = None
        for size in self.sizes:
            clock, processor = time.perf_counter(), time.process_time()
            vectors = self.engine.vectors(self.sequences, size)
            rates = (count / (time.perf_counter() - clock),
                     count / (time.process_time() - processor))
            if best is None or rates[1] > best[0][1]:
                best = rates, vectors, f"batches of {size}"
                chosen = size
        self.sizes = [chosen]
        return best


def measure(contenders, path, rounds):
    """For each contender its best rates, its vectors and a note."""
    best = {}
    for _ in range(rounds):
        for name, contender in contenders.items():
            rates, vectors, note = contender.measure(path)
            known = best.get(name, ((0, 0), None, ""))[0]
            best[name] = (max(rates[0], known[0]), max(rates[1], known[1])), vectors, note
    return best


def table(best, threads):
    reference = best["ours f32"][1]
    print("| encoder | pieces/s | by processor time | cosine mean | least | ours to it | by "
          "processor time | |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for precision in OURS:
        own = best["ours " + precision][0]
        for name in ("ours " + precision,) + RIVALS[precision]:
            if name not in best:
                continue
            (clock, processor), vectors, note = best[name]
            cosines = (vectors * reference).sum(1)
            print(f"| {name} | {clock:,.0f} | {threads * processor:,.0f} | {cosines.mean():.5f} | "
                  f"{cosines.min():.5f} | {own[0] / clock:.2f} | {own[1] / processor:.2f} | {note} |")
    print(flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("books")
    parser.add_argument("--program", default=".build/release/EmbeddingBenchmark")
    parser.add_argument("--calibration", type=int, default=300)
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--passages", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    arguments = parser.parse_args()
    calibration, sentences, passages = feed(
        arguments.books, arguments.calibration, arguments.sentences, arguments.passages
    )
    with tempfile.TemporaryDirectory() as temporary:
        import openvino
        from onnxruntime.quantization import QuantType, quantize_dynamic

        onnx = temporary + "/model.onnx"
        export(arguments.model, onnx)
        quantize_dynamic(onnx, temporary + "/int8.onnx", weight_type=QuantType.QInt8)
        plain = openvino.Core().read_model(onnx)
        int8 = quantized(openvino.Core().read_model(onnx), pieces(arguments.model, calibration))
        for threads in arguments.threads:
            engines = {
                "OpenVINO int8": OpenVINO(int8, "int8", threads),
                "OpenVINO bf16": OpenVINO(plain, "bf16", threads),
                "OpenVINO f32": OpenVINO(plain, "f32", threads),
                "ONNX Runtime int8": ONNXRuntime(temporary + "/int8.onnx", threads),
                "ONNX Runtime f32": ONNXRuntime(onnx, threads),
            }
            for name, texts in (("sentences", sentences), ("passages", passages)):
                path = f"{temporary}/{name}.txt"
                with open(path, "w") as file:
                    file.write("\n".join(texts) + "\n")
                sequences = pieces(arguments.model, texts)
                contenders = {f"ours {p}": Ours(arguments.program, arguments.model, p, threads, temporary)
                              for p in OURS}
                contenders |= {n: Peer(engine, sequences) for n, engine in engines.items()}
                best = measure(contenders, path, arguments.rounds)
                mean = sum(map(len, sequences)) / len(sequences)
                print(f"{len(texts)} {name} of {mean:.0f} pieces, {threads} threads\n")
                table(best, threads)


main()
