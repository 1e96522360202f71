"""The media types of request and response bodies."""

JSON = "application/json"
NDJSON = "application/x-ndjson"
PROBLEM = "application/problem+json"
"""https://www.rfc-editor.org/rfc/rfc9457"""

SSE = "text/event-stream"
"""https://html.spec.whatwg.org/multipage/server-sent-events.html"""
