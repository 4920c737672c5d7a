"""Files: getUploadURLExternal, a POST of the bytes, completeUploadExternal (§8.2), and delete."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request

from sandbox.slack.chat import Arguments, channel_to_post, check_thread
from sandbox.slack.rules import Method, Refused, invalid_arguments
from sandbox.slack.world import World


@dataclass
class Upload:
    """A file that was announced; its `content` once that came, `shared` once people see it."""

    id: str
    name: str
    length: int
    content: bytes | None = None
    shared: bool = False


class Files:
    """What was uploaded; nobody sees a file before it is completed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.uploads: dict[str, Upload] = {}

    def mount(self, app: Flask) -> None:
        """Take bytes at POST /upload/ID."""
        app.post("/upload/<file_id>", endpoint="upload")(self._take)

    def announce(self, given: Arguments) -> Arguments:
        """files.getUploadURLExternal: an address for exactly so many bytes."""
        if given["length"] < 1 or not given["filename"]:
            raise invalid_arguments("filename and length must say something")
        upload = Upload(self._world.next_id("F"), given["filename"], given["length"])
        self.uploads[upload.id] = upload
        return {"upload_url": f"{self._world.base_url}/upload/{upload.id}", "file_id": upload.id}

    def complete(self, given: Arguments) -> Arguments:
        """files.completeUploadExternal: people see the files, in a channel or in a thread; once for each file."""
        channel = channel_to_post(self._world, given["channel_id"])
        check_thread(channel, given)
        uploads = [self._whole(file) for file in given["files"]]
        shown = [
            {"id": upload.id, "name": upload.name, "title": file.get("title", upload.name), "size": upload.length}
            for upload, file in zip(uploads, given["files"], strict=True)
        ]
        thread = given.get("thread_ts")
        self._world.say(channel, self._world.bot.id, given.get("initial_comment", ""), thread_ts=thread, files=shown)
        for upload in uploads:
            upload.shared = True
        return {"files": [{"id": each["id"], "title": each["title"]} for each in shown]}

    def delete(self, given: Arguments) -> Arguments:
        """files.delete: gone for good, also from the messages that show it."""
        if self.uploads.pop(given["file"], None) is None:
            raise Refused("file_not_found")
        with self._world.change():
            for channel in self._world.channels.values():
                for message in channel.all.values():
                    message.files = [file for file in message.files if file["id"] != given["file"]]
        return {}

    def _whole(self, file: Any) -> Upload:
        upload = self.uploads.get(file.get("id", "")) if isinstance(file, dict) else None
        if upload is None or upload.content is None or upload.shared:
            raise Refused("file_not_found")
        return upload

    def _take(self, file_id: str) -> Response:
        upload, content = self.uploads.get(file_id), request.get_data()
        if upload is None or len(content) != upload.length:
            return Response("not the file that was announced", 400, mimetype="text/plain")
        upload.content = content
        return Response(f"OK - {len(content)}", mimetype="text/plain")


def methods(files: Files) -> dict[str, Method]:
    """The methods of the Web API on these files."""
    return {
        "files.getUploadURLExternal": Method(
            lambda _, given: files.announce(given),
            needs={"filename": str, "length": int},
            takes={"alt_txt": str, "snippet_type": str},
            scopes=("files:write",),
            per_minute=100,
        ),
        "files.completeUploadExternal": Method(
            lambda _, given: files.complete(given),
            needs={"files": list, "channel_id": str},
            takes={"thread_ts": str, "initial_comment": str},
            scopes=("files:write",),
            per_minute=100,
        ),
        "files.delete": Method(
            lambda _, given: files.delete(given), needs={"file": str}, takes={}, scopes=("files:write",), per_minute=50
        ),
    }
