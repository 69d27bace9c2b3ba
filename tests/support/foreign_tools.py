"""Scripts that run other tools, each in a process with that tool installed, on texts from stdin."""

LM_EVAL = r"""
import json, pathlib, sys
import lm_eval
from lm_eval.api.model import LM
from lm_eval.loggers import EvaluationTracker
from lm_eval.tasks import TaskManager

asked = json.load(sys.stdin)
folder = pathlib.Path("task")
folder.mkdir()
rows = [{"task_id": name, "prompt": f"def {name}"} for name in asked]
(folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
(folder / "utils.py").write_text('''
def whole(resps, docs):
    return [[doc["prompt"] + text for text in texts] for texts, doc in zip(resps, docs)]


def judge(doc, results):
    return {"pass@1": float(not doc["task_id"].endswith("/1"))}
''')
(folder / "mine.yaml").write_text('''
task: mine
dataset_path: json
dataset_kwargs:
  data_files: FOLDER/data.jsonl
test_split: train
output_type: generate_until
doc_to_text: "{{prompt}}"
doc_to_target: ""
process_results: !function utils.judge
metric_list:
  - metric: pass@1
    aggregation: mean
    higher_is_better: true
generation_kwargs:
  until: ["END"]
filter_list:
  - name: create_test
    filter:
      - function: custom
        filter_fn: !function utils.whole
'''.replace("FOLDER", str(folder.resolve())))


class Scripted(LM):
    def generate_until(self, requests, disable_tqdm=False):
        texts = list(asked.values())
        return [texts[request.doc_id] for request in requests]

    def loglikelihood(self, requests):
        raise NotImplementedError

    def loglikelihood_rolling(self, requests):
        raise NotImplementedError


tasks = TaskManager(include_path=str(folder), include_defaults=False)
done = lm_eval.simple_evaluate(Scripted(), tasks=["mine"], task_manager=tasks, bootstrap_iters=0)
samples = done.pop("samples")
tracker = EvaluationTracker(output_path="out")
tracker.save_results_aggregated(results=done, samples=samples)
tracker.save_results_samples(task_name="mine", samples=samples["mine"])
"""
"""Writes `out/<model>/samples_mine_*.jsonl`; tasks whose id ends in `/1` fail."""

EVALPLUS = """
import json, sys
from evalplus.data.utils import write_directory, write_jsonl
from evalplus.evaluate import evaluate

asked = json.load(sys.stdin)
rows = [dict(task_id=asked["id"], solution=asked[name]) for name in ("right", "wrong")]
write_jsonl("samples.jsonl", rows)
write_directory("by_task", rows)
evaluate(dataset="humaneval", samples="samples.jsonl", parallel=1)
"""
"""Writes `samples.jsonl`, `samples_eval_results.json` and the folder `by_task`."""

OPENAI = r"""
import json, sys
from openai.types.chat import ChatCompletion

with open("output.jsonl", "w") as file:
    for name, text in json.load(sys.stdin).items():
        choice = dict(index=0, finish_reason="stop", message=dict(role="assistant", content=text))
        body = ChatCompletion.model_validate(
            dict(id="1", object="chat.completion", created=1, model="m", choices=[choice])
        )
        response = dict(status_code=200, request_id="r", body=body.model_dump())
        row = dict(id="batch_req_1", custom_id=name, response=response, error=None)
        file.write(json.dumps(row) + "\n")
"""
"""Writes `output.jsonl`, as OpenAI's batch service does, from the types of its library."""
