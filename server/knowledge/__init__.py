"""The knowledge base of operators: questions with their answers, product sheets and the graph of their products."""
