"""The media types of request and response bodies."""

JSON = "application/json"
CSV = "text/csv"
NDJSON = "application/x-ndjson"
MULTIPART = "multipart/form-data"
"""https://www.rfc-editor.org/rfc/rfc7578"""

PROBLEM = "application/problem+json"
"""https://www.rfc-editor.org/rfc/rfc9457"""

SSE = "text/event-stream"
"""https://html.spec.whatwg.org/multipage/server-sent-events.html"""
