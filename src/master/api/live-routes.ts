// Live figures for the pages: Server-Sent Events of the cluster and of a class, and the last 30 minutes of a node.
import type { FastifyReply, FastifyRequest } from "fastify";
import { Type } from "typebox";
import { createEventStreams, eventBytes } from "../../shared/http/event-stream.ts";
import type { EventReader, EventStreams } from "../../shared/http/event-stream.ts";
import type { HttpServer } from "../../shared/http/http-server.ts";
import { NodeHistory } from "../../shared/protocol/cluster-live.ts";
import { ClassName } from "../../shared/protocol/names.ts";
import { Problem } from "../../shared/protocol/problems.ts";
import { historyStepS } from "../history/history.ts";
import type { ApiContext } from "./api-context.ts";
import { adminSecurity, NodeParams, problems, teacherSecurity } from "./api-schemas.ts";
import { createClassFeed } from "./class-feed.ts";
import type { AskedClass } from "./class-feed.ts";
import { createClassPhases } from "./class-phases.ts";
import { createClusterFeed } from "./cluster-feed.ts";
import { createFeedGroups } from "./feed-groups.ts";
import { classSample, clusterSamples, nodeHistory } from "./live-views.ts";
import type { Asked } from "./node-urls.ts";
import { askedBy } from "./public-url.ts";

const eventStream = (description: string) => ({
  description,
  content: { "text/event-stream": { schema: { type: "string" } } },
});

const maxClusterPages = 200;
const maxClassPages = 1_000;
/** One teacher with too many tabs, or a script that runs wild. */
const maxPagesOfClass = 20;
/** What is older gives way where there are too many: who closes a notebook or leaves the Wi-Fi leaves a connection that is dead for a quarter of an hour. */
const givesWayAfterMs = 60_000;
/** How soon one may come again for whom there was no room. */
const retryAfterS = 10;

interface Joining {
  readonly streams: EventStreams;
  readonly join: (reader: EventReader) => void;
  readonly leave: (reader: EventReader) => void;
}

export function registerLiveRoutes(app: HttpServer, context: ApiContext): void {
  const { access, classes, clock, config, directory, live, metrics } = context;
  // Teachers must not take the places of who looks after the cluster.
  const clusterStreams = createEventStreams(app, { maxReaders: maxClusterPages });
  const classStreams = createEventStreams(app, { maxReaders: maxClassPages });
  /** Of each class, the oldest first: since when (monotonic ms). */
  const pagesOf = new Map<string, Map<EventReader, number>>();
  metrics.sampled((sample) => sample("airclass_live_subscribers", clusterStreams.size + classStreams.size));

  const idOf = ({ host, base }: Asked): string => `${host ?? ""} ${base}`;
  const failed = (error: unknown): void => app.log.error({ err: error }, "live figures could not be made");
  const clusters = createFeedGroups<Asked>({ idOf, failed, feedOf: (asked) => createClusterFeed(context, live, asked) });
  const sources = { context, players: live.players, phaseOf: createClassPhases(classes, directory, clock) };
  const lessons = createFeedGroups<AskedClass>({
    idOf: ({ name, asked }) => `${name} ${idOf(asked)}`,
    failed,
    feedOf: (key) => createClassFeed(sources, live, key),
  });

  const ends = [
    live.timeline.listen((event) => {
      const bytes = [eventBytes("event", event)];
      clusters.tell(() => bytes);
    }),
    live.recorder.listen(() => {
      const [sample] = clusterSamples(live.history, 1);
      const bytes = sample ? [eventBytes("sample", sample)] : [];
      clusters.tell(() => bytes);
      lessons.tell(({ name }) => {
        const point = classSample(live.history, name);
        return point ? [eventBytes("sample", point)] : [];
      });
    }),
    classes.listen({
      changed(name) {
        if (!classes.get(name)) lessons.close((key) => key.name === name, eventBytes("gone", {}));
        // Its teacher's token may be another one, or none.
        for (const reader of pagesOf.get(name)?.keys() ?? []) reader.recheck();
      },
    }),
    // Who has signed out, or in as somebody else, reads nothing more.
    access.sessions.listen(() => {
      clusterStreams.recheck();
      classStreams.recheck();
    }),
  ];
  app.addHook("onClose", async () => {
    for (const end of ends) end();
  });

  /** @throws Problem too_many_requests */
  function makeRoom(name: string): void {
    const pages = pagesOf.get(name);
    if (!pages || pages.size < maxPagesOfClass) return;
    const [oldest] = pages;
    if (!oldest || clock.monotonicMs() - oldest[1] < givesWayAfterMs)
      throw new Problem("too_many_requests", "too many pages show this class", { retryAfterS });
    oldest[0].end();
  }

  /** @throws Problem too_many_requests */
  function open(request: FastifyRequest, reply: FastifyReply, { streams, join, leave }: Joining): void {
    if (streams.full) throw new Problem("too_many_requests", "too many pages show these figures", { retryAfterS });
    const reader: EventReader = streams.open(reply, { mayStay: () => access.isStillAllowed(request), ended: () => leave(reader) });
    try {
      join(reader);
    } catch (error) {
      // The answer has begun: there is no other way to say so.
      failed(error);
      reader.end();
    }
  }

  app.get(
    "/cluster/live",
    {
      onRequest: access.requireAdmin,
      exposeHeadRoute: false,
      config: { lasts: true },
      schema: {
        tags: ["cluster"],
        security: adminSecurity,
        summary: "The cluster while somebody looks (Server-Sent Events)",
        description:
          "`snapshot` (ClusterSnapshot) at the beginning; then `nodes` (ClusterChange) when something changed, at most once a second, `event` (TimelineEvent) and every 5 s `sample` (ClusterSample). That a node was heard is no change. A comment comes every 15 s; a reader that does not keep up is cut off.",
        response: { 200: eventStream("Events; their data is JSON"), ...problems("admin_required", "too_many_requests") },
      },
    },
    async (request, reply) => {
      const asked = askedBy(config, request);
      open(request, reply, {
        streams: clusterStreams,
        join: (reader) => clusters.join(asked, reader),
        leave: (reader) => clusters.leave(asked, reader),
      });
    },
  );

  app.get(
    "/api/classes/:name/live",
    {
      onRequest: access.requireTeacher,
      exposeHeadRoute: false,
      config: { lasts: true },
      schema: {
        tags: ["classes"],
        security: teacherSecurity,
        summary: "A class while its teacher looks (Server-Sent Events)",
        description:
          "`state` (ClassLive) at the beginning and when something changed, at most once a second; `history` (ClassHistory) once, then every 5 s `sample` (ClassSample); `gone` when the class was deleted, and the end.",
        params: Type.Object({ name: ClassName }),
        response: {
          200: eventStream("Events; their data is JSON"),
          ...problems("admin_required", "not_your_class", "no_such_class", "too_many_requests"),
        },
      },
    },
    async (request, reply) => {
      const key = { name: request.params.name, asked: askedBy(config, request) };
      if (!classes.get(key.name)) throw new Problem("no_such_class");
      makeRoom(key.name);
      open(request, reply, {
        streams: classStreams,
        join(reader) {
          pagesOf.set(key.name, (pagesOf.get(key.name) ?? new Map<EventReader, number>()).set(reader, clock.monotonicMs()));
          lessons.join(key, reader);
        },
        leave(reader) {
          lessons.leave(key, reader);
          const pages = pagesOf.get(key.name);
          pages?.delete(reader);
          if (pages?.size === 0) pagesOf.delete(key.name);
        },
      });
    },
  );

  app.get(
    "/cluster/nodes/:id/history",
    {
      onRequest: access.requireAdmin,
      schema: {
        tags: ["cluster"],
        security: adminSecurity,
        summary: "The last 30 minutes of a node, as the master remembers them",
        params: NodeParams,
        response: { 200: NodeHistory, ...problems("admin_required", "no_such_node") },
      },
    },
    async (request) => {
      const { id } = request.params;
      const history = nodeHistory(live.history, id);
      if (history) return history;
      if (!context.registry.get(id)) throw new Problem("no_such_node", `there is no node ${id}`);
      // It has just come.
      return { node_id: id, step_s: historyStepS, at: [], connections: [], cpu: [], memory: [], bandwidth_mbps: [] };
    },
  );
}
