"""What operators' sheets say: rows of products, faults and questions as records of the knowledge base."""
