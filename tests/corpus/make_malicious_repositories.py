#!/usr/bin/env python3
"""Writes hostile model repositories with inert payloads: make_malicious_repositories.py OUT

Nothing is ever run. Hosts end in .invalid or .example or are addresses of documentation; names of real services stand only where the
service itself is the signal, with paths that lead nowhere. Every case is a repository of its own, with honest files around it. The
manifest OUT.tsv says of each: path, expected verdict (`malicious`, or `not-clean` where a careful reviewer could only call it
suspicious), words that the explanation must contain (alternatives by `|`), a note, and the files of its story in order (` > `).
"""

import argparse
import sys

import hostile_python
import hostile_scripts
import hostile_stories
import hostile_texts
from repositories import Corpus


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    corpus = Corpus(parser.parse_args().out)
    for part in (hostile_python, hostile_scripts, hostile_texts, hostile_stories):
        part.write(corpus)
    corpus.save()
    print(corpus.summary())
    print("%d hostile cases in %s" % (len(corpus.rows), corpus.out))


if __name__ == "__main__":
    sys.exit(main())
