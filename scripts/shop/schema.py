"""The tables of the shop. Times are whole seconds since 1970, prices are in yuan."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS orders (
    number TEXT PRIMARY KEY,
    customer TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('paid', 'packed', 'shipped', 'delivered', 'returning', 'returned', 'cancelled')),
    ordered_at INTEGER NOT NULL,
    shipped_at INTEGER,
    delivered_at INTEGER,
    recipient TEXT NOT NULL,
    phone TEXT NOT NULL,
    address TEXT NOT NULL,
    has_new_address INTEGER NOT NULL DEFAULT 0,
    carrier TEXT,
    tracking TEXT
);
CREATE INDEX IF NOT EXISTS orders_of_customer ON orders (customer, ordered_at);
CREATE TABLE IF NOT EXISTS lines (
    order_number TEXT NOT NULL REFERENCES orders (number),
    line INTEGER NOT NULL,
    product TEXT NOT NULL,
    size TEXT,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    price INTEGER NOT NULL,
    PRIMARY KEY (order_number, line)
);
CREATE TABLE IF NOT EXISTS events (
    order_number TEXT NOT NULL REFERENCES orders (number),
    happened_at INTEGER NOT NULL,
    zh TEXT NOT NULL,
    en TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of_order ON events (order_number, happened_at);
CREATE TABLE IF NOT EXISTS stock (
    product TEXT NOT NULL,
    size TEXT NOT NULL,
    available INTEGER NOT NULL CHECK (available >= 0),
    PRIMARY KEY (product, size)
);
CREATE TABLE IF NOT EXISTS returns (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    order_number TEXT NOT NULL REFERENCES orders (number),
    reason TEXT NOT NULL,
    is_defective INTEGER NOT NULL,
    refund INTEGER NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS return_lines (
    order_number TEXT NOT NULL,
    line INTEGER NOT NULL,
    return_number INTEGER NOT NULL REFERENCES returns (number),
    PRIMARY KEY (order_number, line),
    FOREIGN KEY (order_number, line) REFERENCES lines (order_number, line)
);
CREATE TABLE IF NOT EXISTS exchanges (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    order_number TEXT NOT NULL UNIQUE REFERENCES orders (number),
    line INTEGER NOT NULL,
    size TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    FOREIGN KEY (order_number, line) REFERENCES lines (order_number, line)
);
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    reply TEXT NOT NULL
);
"""
"""A line is in at most one return, and an order has at most one exchange: the database holds to it by itself."""
