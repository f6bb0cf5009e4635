"""A batch job on requests or httpx; the same plan as client.mjs: client.py requests|httpx PLAN.json"""
import concurrent.futures
import json
import sys

LIBRARY, PLAN = sys.argv[1:]
if LIBRARY == 'requests':
    import requests
else:
    import httpx


def session(plan):
    if LIBRARY == 'requests':
        made = requests.Session()
        made.verify, made.trust_env = plan['ca'], False
        return made
    return httpx.Client(verify=plan['ca'], trust_env=False, timeout=60)


def pieces(path):
    """A body of unknown length: the library must send it chunked."""
    with open(path, 'rb') as file:
        while piece := file.read(7001):
            yield piece


def arguments(call):
    if 'upload' in call:
        with open(call['upload']['file'], 'rb') as file:
            return {'data': call['upload']['fields'], 'files': {'files': (call['upload']['name'], file.read(), 'text/plain')}}
    if 'body' not in call:
        return {}
    content = pieces(call['body']) if call.get('streamed') else open(call['body'], 'rb').read()
    return {'data' if LIBRARY == 'requests' else 'content': content}


def run(client, plan, call):
    got = client.request(call['method'], plan['url'] + call['path'], headers=call['fields'], **arguments(call))
    with open(call['answer'], 'wb') as file:
        file.write(got.content)
    return {'name': call['name'], 'status': got.status_code, 'fields': {name.lower(): value for name, value in got.headers.items()}}


def main():
    with open(PLAN, encoding='utf-8') as file:
        plan = json.load(file)
    with session(plan) as client:
        told = [run(client, plan, call) for call in plan['calls'] if not call.get('together')]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            told += pool.map(lambda call: run(client, plan, call), [call for call in plan['calls'] if call.get('together')])
    print(json.dumps(told))


main()
