"""What `/api/show` says of the model in words: its licence, parameters and chat format, in the form of a Modelfile.

Reference: https://github.com/ollama/ollama/blob/main/docs/modelfile.md
"""

from model.chat import ModelInfo
from model.messages import DEFAULT_SYSTEM_PROMPT
from model.sampling import SamplingParams
from model.tools import CALL_END, CALL_START, HEADING, INSTRUCTION

DEFAULTS = SamplingParams()
PARAMETERS = (
    f"temperature {DEFAULTS.temperature}\ntop_p {DEFAULTS.top_p}\ntop_k {DEFAULTS.top_k}\n"
    f"repeat_penalty {DEFAULTS.repetition_penalty}"
)

DEMO_LICENCE = "Apache License 2.0: https://www.apache.org/licenses/LICENSE-2.0"
LICENCE = (
    "MiniCPM Model License: https://github.com/OpenBMB/MiniCPM/blob/main/MiniCPM%20Model%20License.md\n"
    "What comes with the checkpoint goes before it."
)
"""What openbmb names for the weights of MiniCPM-V-2_6 on its model card; those of others may have another."""

TEMPLATE = f"""\
{{{{- $first := "" }}}}{{{{ with .Messages }}}}{{{{ $first = (index . 0).Role }}}}{{{{ end }}}}
{{{{- if ne $first "system" }}}}<|im_start|>system
{DEFAULT_SYSTEM_PROMPT}{{{{ template "tools" $ }}}}<|im_end|>
{{{{ end }}}}
{{{{- range $i, $message := .Messages }}}}
{{{{- $isLast := eq (len (slice $.Messages $i)) 1 }}}}
{{{{- if eq .Role "tool" }}}}<|im_start|>user
<tool_response>
{{{{ .Content }}}}
</tool_response>
{{{{- else }}}}<|im_start|>{{{{ .Role }}}}
{{{{ .Content }}}}{{{{ if and (eq $i 0) (eq .Role "system") }}}}{{{{ template "tools" $ }}}}{{{{ end }}}}
{{{{- range $j, $call := .ToolCalls }}}}{{{{ if or $j $message.Content }}}}
{{{{ end }}}}{CALL_START}
{{"name": "{{{{ .Function.Name }}}}", "arguments": {{{{ .Function.Arguments }}}}}}
{CALL_END}
{{{{- end }}}}
{{{{- end }}}}
{{{{- if not (and $isLast (eq .Role "assistant")) }}}}<|im_end|>
{{{{ end }}}}
{{{{- if and $isLast (ne .Role "assistant") }}}}<|im_start|>assistant
{{{{ end }}}}
{{{{- end }}}}
{{{{- define "tools" }}}}{{{{ if .Tools }}}}

{HEADING}
{{{{- range .Tools }}}}
{{{{ . }}}}
{{{{- end }}}}
{INSTRUCTION}
{{{{- end }}}}{{{{ end }}}}"""
"""The chat format as a template of Go (https://pkg.go.dev/text/template). `prompt.py` is what writes prompts.

Pictures stand before the text of their message, as their tokens. The results of several tools in a row are one message.
"""


def find_licence(info: ModelInfo) -> str:
    """Return the licence of the weights."""
    return DEMO_LICENCE if info.is_demo else LICENCE


def write_model_file(name: str, licence: str) -> str:
    """Return the Modelfile that describes the model `name`."""
    parameters = "".join(f"PARAMETER {line}\n" for line in PARAMETERS.splitlines())
    return f'FROM {name}\nTEMPLATE """{TEMPLATE}"""\n{parameters}LICENSE """{licence}"""\n'
