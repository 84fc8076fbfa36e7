import assert from "node:assert/strict";
import { test } from "node:test";
import { loggableWords } from "./loggable-words.ts";

test("no key, token or password is left, in whatever way it was shown; the rest is", () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      "closed: invalid stream ID 'live/art:teacher:S3CRET': stream ID must be 'action:pathname[:query]'",
      "closed: invalid stream ID '…': stream ID must be 'action:pathname[:query]'",
    ],
    ["invalid stream ID '#!::r=live/art,m=zzz,s=S3CRET': unsupported mode 'zzz'", "invalid stream ID '…': unsupported mode 'zzz'"],
    ["invalid stream ID 'publish:live/art:t:S3CRET's:x:y': stream ID must be", "invalid stream ID '…': stream ID must be"],
    [
      "rtsp://airclass:S3CRET@127.0.0.1:8554/rtc/art: Server returned 401 Unauthorized",
      "rtsp://…@127.0.0.1:8554/rtc/art: Server returned 401 Unauthorized",
    ],
    ["'rtsp://slave-2:S3@CRET@10.0.0.2:8554/rtc/art' is not a valid URL", "'rtsp://…@10.0.0.2:8554/rtc/art' is not a valid URL"],
    ["path 'live/x?key=S3CRET&a=b' jwt%3DS3CRET", "path 'live/x?key=…&a=b' jwt=…"],
    [
      "2026/11/22 22:44:45 ERR: listen tcp 127.0.0.1:8889: bind: address already in use",
      "2026/11/22 22:44:45 ERR: listen tcp 127.0.0.1:8889: bind: address already in use",
    ],
  ];
  for (const [text, expected] of cases) assert.equal(loggableWords(text), expected);
});
