// What has happened, the newest on top. Important news are told to screen readers as they come.
import { useState } from "preact/hooks";
import { inLanguage, language } from "../common/language.ts";
import { formatAgo, formatTime } from "../common/time-format.ts";
import { Button } from "../common/ui/button.tsx";
import { Icon } from "../common/ui/icon.tsx";
import type { TimelineEvent } from "../../shared/protocol/cluster-live.ts";
import type { Cluster } from "./cluster-context.ts";
import { clusterTexts } from "./cluster-texts.ts";
import { nodeTexts } from "./node-texts.ts";
import { eventGroups, eventLook, eventTexts, isImportant, isInGroup, type EventGroup } from "./event-texts.ts";

const atATime = 12;

export function ClusterTimeline({ cluster }: { readonly cluster: Cluster }) {
  const [group, setGroup] = useState<EventGroup>("all");
  const [count, setCount] = useState(atATime);
  const texts = inLanguage(clusterTexts);
  const events = cluster.store.events.value.filter(({ kind }) => isInGroup(kind, group));
  const choose = (next: EventGroup): void => {
    setGroup(next);
    setCount(atATime);
  };
  return (
    <section class="card" aria-labelledby="timeline-title">
      <div class="section-head">
        <h2 id="timeline-title">{texts.timeline}</h2>
      </div>
      <fieldset class="chips">
        <legend class="unseen">{texts.timelineFilter}</legend>
        {eventGroups.map((one) => (
          <label key={one} class="chip">
            <input type="radio" name="event-group" value={one} checked={group === one} onChange={() => choose(one)} />
            <span>{inLanguage(eventTexts).groups[one]}</span>
          </label>
        ))}
      </fieldset>
      {events.length === 0 ? (
        <p class="soft">{texts.timelineEmpty}</p>
      ) : (
        <ol class="timeline" id="timeline" aria-label={texts.timelineLabel}>
          {events.slice(0, count).map((event) => (
            <EventLine key={`${event.id} ${event.at}`} cluster={cluster} event={event} />
          ))}
        </ol>
      )}
      {events.length > count && (
        <Button kind="quiet" onClick={() => setCount(count + 50)}>
          {texts.olderEvents(Math.min(50, events.length - count))}
        </Button>
      )}
    </section>
  );
}

function EventLine({ cluster, event }: { readonly cluster: Cluster; readonly event: TimelineEvent }) {
  const { icon, tone } = eventLook[event.kind];
  const nodeId = event.node_id;
  void cluster.store.ids.value;
  const isThere = nodeId !== null && cluster.store.node(nodeId) !== undefined;
  return (
    <li data-kind={event.kind}>
      <span class={`event-mark ${tone}`}>
        <Icon name={icon} />
      </span>
      <span class="event-words">
        <span>{inLanguage(eventTexts).sentence(event)}</span>
        <EventTime cluster={cluster} at={event.at} />
      </span>
      {isThere && (
        <button
          type="button"
          class="link-button small"
          aria-label={inLanguage(nodeTexts).details(event.node_name ?? nodeId)}
          onClick={() => {
            cluster.sheet.value = { kind: "node", nodeId };
          }}
        >
          <Icon name="chevron" />
        </button>
      )}
    </li>
  );
}

function EventTime({ cluster, at }: { readonly cluster: Cluster; readonly at: string }) {
  const atMs = Date.parse(at);
  return (
    <time class="soft small numbers" dateTime={at} title={new Date(atMs).toLocaleString(language())}>
      {formatTime(atMs, language(), { seconds: true })} · {formatAgo(atMs, cluster.live.now.value, language())}
    </time>
  );
}

/** There from the beginning, so that screen readers tell what comes into it. */
export function NewsForScreenReaders({ cluster }: { readonly cluster: Cluster }) {
  const news = cluster.store.news.value;
  return (
    <p class="unseen" role="status">
      {news !== undefined && isImportant(news.kind) ? inLanguage(eventTexts).sentence(news) : ""}
    </p>
  );
}
