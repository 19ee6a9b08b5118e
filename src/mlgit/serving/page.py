"""The page to try a model by hand: a field for rows, filled from the OpenAPI document, and the answer."""

from __future__ import annotations

PAGE = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Try the model</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; color: #1f2328 }
textarea { width: 100%; height: 16rem; font: 14px/1.4 ui-monospace, monospace; box-sizing: border-box; padding: .5rem }
button { font: inherit; padding: .4rem 1.2rem; margin: .5rem 0 }
pre { background: #f6f8fa; padding: .75rem; overflow: auto; white-space: pre-wrap }
</style>
<h1 id="title">The model</h1>
<p id="about"></p>
<label for="rows">What is posted to <code>/predict</code></label>
<textarea id="rows" spellcheck="false"></textarea>
<button id="ask">Ask</button>
<pre id="answer" aria-live="polite"></pre>
<script>
const at = (name) => document.getElementById(name);
const sample = (one) => {
  if (one.enum) return one.enum[0];
  const type = Array.isArray(one.type) ? one.type[0] : one.type;
  if (type === "boolean") return true;
  if (type === "string") return one.format === "date" ? "2024-01-31" : one.format ? "2024-01-31T12:00:00" : "";
  return one.minimum ?? one.maximum ?? 0;
};
fetch("openapi.json").then((reply) => reply.json()).then((said) => {
  at("title").textContent = said.info.title;
  at("about").textContent = "Version " + said.info.version;
  const row = {};
  for (const [name, one] of Object.entries(said.components.schemas.Row.properties)) row[name] = sample(one);
  at("rows").value = JSON.stringify({rows: [row]}, null, 2);
});
at("ask").onclick = async () => {
  const reply = await fetch("predict", {method: "POST", headers: {"content-type": "application/json"}, body: at("rows").value});
  const text = await reply.text();
  try { at("answer").textContent = reply.status + "\\n" + JSON.stringify(JSON.parse(text), null, 2); }
  catch { at("answer").textContent = reply.status + "\\n" + text; }
};
</script>
"""
