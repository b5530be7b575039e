"""What strangers may send: how much, which values, whose files; and what the log says of it."""

import http.server
import json
import socket
import threading
import time
import urllib.error
import urllib.request

import pytest
from PIL import Image

from gazehub.video.clips import write_clip
from gazehub.web.guards.bounds import MAX_REQUEST, TOO_MUCH, TOO_MUCH_AT_ONCE, Bounds
from gazehub.web.page import build_demo
from tests.files.bad_files import other_things
from tests.files.fuzz_images import is_sentence
from tests.files.good_files import good_files
from tests.web.served import GOOD, SECRET, file_data, multipart, served

VALUES = [
    None, "", "text", 0, -1, 1e308, -1e308, True, [], [1], {}, {"a": 1}, [[]], "NaN", "1", "both", "\0", "x" * 10_000,
    file_data("/etc/passwd"), file_data("http://127.0.0.1:9/x"), {"path": None}, [None], {"path": "/etc/passwd"},
]  # fmt: skip


@pytest.fixture(scope="module")
def server(weights, tmp_path_factory):
    with served(weights, tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture(scope="module")
def photo(server, one_face, tmp_path_factory):
    """File data of a photo that was uploaded."""
    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    Image.fromarray(one_face).save(path, quality=95)
    status, text = server.upload((f"{SECRET}.jpg", path.read_bytes()))
    assert status == 200
    return file_data(json.loads(text)[0])


def said(events):
    """The sentence of an error among server-sent events; None if there is a result."""
    kinds = [line[7:] for line in events.splitlines() if line.startswith("event: ")]
    data = [line[6:] for line in events.splitlines() if line.startswith("data: ")]
    if kinds[-1] == "complete":
        return None
    answer = json.loads(data[-1])
    return answer["error"] if isinstance(answer, dict) else answer


# Values


@pytest.mark.parametrize("endpoint", GOOD)
def test_every_wrong_value_is_answered_with_a_sentence(server, photo, endpoint):
    good = [photo, *GOOD[endpoint]]
    assert said(server.call(endpoint, *good)) is None
    for place in range(len(good)):
        for value in VALUES:
            answer = said(server.call(endpoint, *good[:place], value, *good[place + 1 :]))
            if answer is None:  # "1" may be taken for a number, True for 1
                assert place > 0 and value in ("1", "both", -1, 0, 1), (place, value)
            else:
                assert is_sentence(answer) and "passwd" not in answer, (place, value, answer)
    for data in ([], good[:-1] if len(good) > 1 else [], [*good, 1]):
        answer = said(server.call(endpoint, *data))
        assert answer is None and len(data) != len(good) or is_sentence(answer), (data, answer)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{", b'{"data": null}', b'{"data": 3}', b"\xff", b"[" * 10_000]
)
def test_bodies_that_are_no_call_are_refused(server, body):
    status, text = server.post("/gradio_api/call/analyze", body)
    if status == 200:  # they are looked at when the answer is asked for
        event = json.loads(text)["event_id"]
        with urllib.request.urlopen(f"{server.address}/gradio_api/call/analyze/{event}", timeout=30) as answer:
            assert is_sentence(said(answer.read().decode()))
    else:
        assert 400 <= status < 500 and "Traceback" not in text
    assert "Traceback" not in server.log


def test_handlers_of_the_page_do_no_harm_to_others(server, pipe, photo):
    """As the browser calls them, but with anything."""
    functions = build_demo(pipe).fns
    assert len(functions) > 10
    for index, function in functions.items():
        if function.fn is None:
            continue
        for value in (None, "text", 3, [], {"a": 1}, file_data("/etc/passwd"), photo):
            for event_data in (None, {"index": "x"}, 7):
                answer = server.queue(index, *[value] * len(function.inputs), event_data=event_data)
                text = json.dumps(answer)
                assert "root:" not in text and "passwd" not in text
                if "refused" in answer or answer.get("success"):
                    continue
                error = answer["output"]["error"]
                assert error and is_sentence(error), (index, function.name, value, answer)
    assert said(server.call("analyze", photo)) is None


def test_handlers_of_the_page_do_no_harm_if_they_are_called_by_name(server, pipe):
    public = {"correct", "redirect", "animate", "analyze", "video"}
    names = {function.api_name for function in build_demo(pipe).fns.values()} - {None, False} - public
    assert names
    for name in names:
        answer = said(server.call(name))
        assert answer is None or is_sentence(answer), (name, answer)


# Files


@pytest.mark.parametrize("endpoint", [*GOOD, "video"])
def test_files_of_the_machine_are_not_opened(server, one_face, tmp_path, endpoint):
    private = tmp_path / f"private-{endpoint}.{'mp4' if endpoint == 'video' else 'png'}"
    if endpoint == "video":
        write_clip([Image.fromarray(one_face)] * 3, private, 10)
    else:
        Image.fromarray(one_face).save(private)
    (server.folder / "tmp").joinpath(private.name).symlink_to(private)
    path, others = str(private), [1, False] if endpoint == "video" else GOOD[endpoint]
    inside = next(folder for folder in (server.folder / "tmp").iterdir() if folder.name.startswith("gazehub-"))
    for data in (
        file_data(path),
        {"path": path},
        {"path": path, "meta": None},
        {"path": path, "meta": {"_type": "gradio.Other"}},
        {"path": f"{inside}/../../../{private.name}"},
        {"path": f"{inside}/../{private.name}"},
        {"path": [path]},
        {"video": {"path": path}},
        {"video": file_data(path), "subtitles": None},
        {"path": "", "url": path},
        {"path": None, "url": f"file://{path}"},
        {"path": None, "url": f"/gradio_api/file={path}"},
        [{"path": path}],
        path,
    ):
        answer = said(server.call(endpoint, data, *others))
        assert answer and is_sentence(answer) and private.name not in answer, (data, answer)


@pytest.fixture
def elsewhere():
    """The address of another server, and the paths that were asked for there."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        do_POST = do_HEAD = do_GET

        def log_message(self, *_):
            pass

    other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{other.server_port}", asked
    other.shutdown()


@pytest.mark.parametrize("endpoint", [*GOOD, "video"])
def test_addresses_in_file_data_are_not_fetched(server, photo, elsewhere, endpoint):
    address, asked = elsewhere
    others = [1, False] if endpoint == "video" else GOOD[endpoint]
    for data in (
        file_data(f"{address}/a.jpg"),
        {**file_data(f"{address}/a.jpg"), "url": f"{address}/b.jpg"},
        {**file_data("x.jpg"), "url": f"{address}/c.jpg"},
        {"path": f"{address}/d.jpg"},
        {"url": f"{address}/e.jpg"},
        {**file_data(f"HTTP://{address[7:]}/f.jpg")},
        {**file_data(f" {address}/g.jpg")},
        {"path": None, "url": f"{address}/h.jpg", "meta": {"_type": "gradio.FileData"}},
        {"video": file_data(f"{address}/i.mp4")},
        f"{address}/j.jpg",
    ):
        assert is_sentence(said(server.call(endpoint, data, *others))), data
    answer = said(server.call("analyze", {**photo, "url": f"{address}/k.jpg"}))
    assert answer is None or is_sentence(answer)
    assert asked == []


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=../../../etc/passwd",
        "/gradio_api/file=app.py",
        "/file=/etc/passwd",
        "/gradio_api/stream//etc/passwd",
        "/static/../../../etc/passwd",
        "/gradio_api/deep_link",
        "/monitoring",
    ],
)
def test_files_of_the_machine_are_not_served(server, path):
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.split()[1] in (b"403", b"404", b"405", b"422"), answer[:200]


def test_one_request_is_bounded_however_its_length_is_told(server):
    before = server.files()
    status, text = server.upload(*[(f"{SECRET}-{number}", bytes(20 * 2**20)) for number in range(4)])
    assert (status, text) == (413, TOO_MUCH_AT_ONCE)
    body, kind = multipart((SECRET, bytes(MAX_REQUEST)))
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n"
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        try:
            for start in range(0, len(body), 2**20):
                part = body[start : start + 2**20]
                connection.sendall(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            connection.sendall(b"0\r\n\r\n")
        except OSError:
            pass  # it hung up, as it may
        answer = connection.recv(65536)
    assert answer.split()[1] == b"413", answer
    assert server.post("/gradio_api/queue/join", bytes(MAX_REQUEST + 1))[0] == 413
    assert sum(path.stat().st_size for path in server.files() - before if path.exists()) <= MAX_REQUEST


def test_what_a_visitor_sends_within_half_an_hour_is_bounded():
    """Real requests to a small server behind real bounds, a hundred times smaller."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def take(request):
        return PlainTextResponse(str(len(await request.body())))

    app = Bounds(
        Starlette(routes=[Route("/", take, methods=["GET", "POST"])]),
        request=100,
        visitor=401,
        everyone=602,
        seconds=1.5,
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", proxy_headers=False))
        threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True).start()
        while not server.started:
            time.sleep(0.01)

        def send(count, visitor):
            address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
            headers = {"X-Forwarded-For": f"6.6.6.6, {visitor}"}  # what is before the comma anyone can claim
            try:
                body = bytes(count) if count else None
                return urllib.request.urlopen(urllib.request.Request(address, body, headers)).status
            except urllib.error.HTTPError as error:
                assert is_sentence(error.read().decode())
                return error.code

        assert [send(100, "a"), send(101, "a"), send(100, "a"), send(100, "a"), send(1, "a")] == [
            200,
            413,
            200,
            200,
            429,
        ]
        assert send(0, "a") == 200  # looking is free, and what was refused is not
        assert [send(100, "b"), send(100, "b"), send(1, "c")] == [200, 200, 503]
        time.sleep(1.6)
        assert [send(100, "a"), send(100, "c")] == [200, 200]
        server.should_exit = True
    assert is_sentence(TOO_MUCH)


def test_the_log_holds_no_names_of_files(server, photo):
    """After everything above, and every kind of file by every endpoint."""
    files = {**other_things(), "good.png": good_files()["rgb.png"]}
    for number, data in enumerate(list(files.values())[::4]):
        status, text = server.upload((f"{SECRET}-{number}.png", data))
        if status == 200:
            for endpoint, others in {**GOOD, "video": [1, False]}.items():
                answer = said(server.call(endpoint, file_data(json.loads(text)[0]), *others))
                assert answer is None or is_sentence(answer), answer
    server.upload((f"{SECRET}/../../x", b"1"), (f"{SECRET}\0", b"1"))
    server.post("/gradio_api/upload", b"junk", {"Content-Type": f"multipart/form-data; boundary={SECRET}"})
    server.post(f"/gradio_api/{SECRET}", {})
    assert SECRET not in server.log and "Traceback" not in server.log, server.log
