"""Writes a corpus of broken and odd documents, and prints what is to become of each: `DIR`.

Every file is read, or refused for one of the reasons printed, by each way in which documents reach the server.
"""

import argparse
import json
from pathlib import Path

from scripts.broken.corpus import list_documents


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the files are written")
    write_documents(parser.parse_args().folder)


def write_documents(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for document in list_documents():
        (folder / document.name).write_bytes(document.data)
        expected = {"outcomes": document.outcomes, "remarks": document.remarks, "password": document.password}
        print(json.dumps({"name": document.name, **expected}, ensure_ascii=False))


if __name__ == "__main__":
    main()
