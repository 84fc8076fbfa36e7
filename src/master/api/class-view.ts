// A class in the words of the API.
import type { ClassView } from "../../shared/protocol/classes.ts";
import { streamPathOf } from "../../shared/protocol/names.ts";
import type { ClassRecord } from "../store/store.ts";
import type { Asked } from "./node-urls.ts";
import { rtmpServer } from "./rtmp-server.ts";
import type { RtmpServerContext } from "./rtmp-server.ts";

/** @param asked how its reader reached the master: links begin so. */
export function classView(context: RtmpServerContext, record: ClassRecord, asked: Asked): ClassView {
  const path = streamPathOf(record.name);
  return {
    name: record.name,
    title: record.title,
    path,
    open: record.open,
    closed: record.closedAtMs !== undefined,
    join_code: record.joinCode,
    has_teacher_token: record.teacherTokenHash !== undefined,
    live: context.directory.originOf(path)?.state === "live",
    rtmp_url: rtmpServer(context, asked.host, path),
    watch_url: `${asked.base}/watch/${record.name}`,
  };
}
