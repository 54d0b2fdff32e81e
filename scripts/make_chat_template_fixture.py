"""Writes Tests/GenerationTests/Fixtures/chat_templates.json: conversations laid out by jinja2.

    python3 -m pip install jinja2 transformers
    python3 scripts/make_chat_template_fixture.py

The templates are written here after the published formats of the families; `transformers` compiles
and runs them as it runs those of a model's files.
"""

import json
import pathlib

from transformers.utils.chat_template_utils import _compile_jinja_template

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
THINKING = CHATML.replace(
    "assistant\n{% endif %}",
    "assistant\n{% if enable_thinking is defined and not enable_thinking %}"
    "<think>\n\n</think>\n\n{% endif %}{% endif %}",
)
LLAMA3 = (
    "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
    "{{ m.content | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
LLAMA2 = (
    "{% set told = namespace(words='') %}{% for m in messages %}"
    "{% if m.role == 'system' %}"
    "{% set told.words = '<<SYS>>\n' + m.content + '\n<</SYS>>\n\n' %}"
    "{% elif m.role == 'user' %}{{ bos_token }}[INST] {{ (told.words + m.content).strip() }} [/INST]"
    "{% set told.words = '' %}"
    "{% else %}{{ ' ' + m.content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"
)


def mistral(opening, closing, answer, place="last", own=None, marks=""):
    """One of Mistral's layouts; `place` is the turn that the system's words stand in."""
    index = "0" if place == "first" else "-1"
    own_turn = "{%% if told %%}%s{%% endif %%}" % own if own else ""
    joined = "" if own else "{% if told and m == users[INDEX] %}{{ told + '\n\n' }}{% endif %}"
    return (
        "{# " + marks + " #}{{ bos_token }}"
        "{% set told = messages[0].content if messages[0].role == 'system' else '' %}"
        "{% set users = messages | selectattr('role', 'equalto', 'user') | list %}"
        + own_turn
        + "{% for m in messages %}{% if m.role == 'user' %}{{ '" + opening + "' }}"
        + joined.replace("INDEX", index)
        + "{{ m.content + '" + closing + "' }}"
        "{% elif m.role == 'assistant' %}{{ " + answer + " + eos_token }}{% endif %}{% endfor %}"
    )


TEMPLATES = {
    "chatML": CHATML,
    "chatML, thinking": THINKING,
    "llama 3": LLAMA3,
    "llama 2": LLAMA2,
    "mistral before v1": mistral("[INST] ", " [/INST]", "m.content", "first"),
    "mistral v1": mistral(" [INST] ", " [/INST]", "' ' + m.content", "first"),
    "mistral v3": mistral(
        "[INST] ", "[/INST]", "' ' + m.content.strip()", marks="[AVAILABLE_TOOLS]"
    ),
    "mistral v3 of Nemo": mistral(
        "[INST]", "[/INST]", "m.content", marks="[AVAILABLE_TOOLS]"
    ),
    "mistral v7": mistral(
        "[INST] ",
        "[/INST]",
        "' ' + m.content",
        own="[SYSTEM_PROMPT] {{ told }}[/SYSTEM_PROMPT]",
    ),
}

CONVERSATIONS = [
    [("system", "Be brief."), ("user", "Where does the Liffey rise?")],
    [("user", " Where?\n")],
    [
        ("system", "Sei kurz.\n"),
        ("user", "Wo entspringt die Donau? "),
        ("assistant", " Im Schwarzwald. "),
        ("user", "Wie lang ist sie?\n\n- in km"),
    ],
]


def main():
    cases = []
    for name, template in TEMPLATES.items():
        begin = "<|begin_of_text|>" if name == "llama 3" else "" if "chatML" in name else "<s>"
        compiled = _compile_jinja_template(template)
        for conversation in CONVERSATIONS:
            messages = [{"role": role, "content": content} for role, content in conversation]
            text = compiled.render(
                messages=messages,
                bos_token=begin,
                eos_token="</s>",
                add_generation_prompt=True,
                enable_thinking=False,
            )
            cases.append(
                {
                    "name": name,
                    "template": template,
                    "messages": messages,
                    "begin": begin,
                    "text": text,
                }
            )
    path = pathlib.Path("Tests/GenerationTests/Fixtures/chat_templates.json")
    path.write_text(json.dumps(cases, ensure_ascii=False, indent=1) + "\n")


main()
