from pathlib import Path

from scripts.attacks.target import KEYS, _write_key, get_secret
from server.keys.key import hash_secret
from server.keys.keyfile import read_keys


def test_the_keys_are_those_of_their_secrets(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text("\n".join(map(_write_key, KEYS)), encoding="utf-8")
    keys = {key.name: key for key in read_keys(file)}
    assert set(keys) == set(KEYS)
    assert all(key.sha256 == hash_secret(get_secret(name)) for name, key in keys.items())
    assert keys["operator"].role == "operator"
