"""`python -m server.library`: add, list, remove and search documents of the knowledge base."""

import sys

from server.commands.knowledge_command import main

if __name__ == "__main__":
    sys.exit(main())
