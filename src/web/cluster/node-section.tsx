// The nodes: what is looked for, in which order, and how many there are.
import { inLanguage } from "../common/language.ts";
import { Button } from "../common/ui/button.tsx";
import type { Cluster } from "./cluster-context.ts";
import { clusterTexts } from "./cluster-texts.ts";
import { firstChoice } from "./node-list.ts";
import { NodeCards } from "./node-cards.tsx";
import { isInState, stateFilters, type SortKey, type StateFilter } from "./node-order.ts";
import { NodeTable } from "./node-table.tsx";
import { nodeTexts } from "./node-texts.ts";
import { useNarrow } from "./use-narrow.ts";

const sortKeys: readonly SortKey[] = ["attention", "name", "load", "cpu", "memory", "bandwidth", "streams"];

export function NodeSection({ cluster }: { readonly cluster: Cluster }) {
  const texts = inLanguage(nodeTexts);
  const { list, sheet } = cluster;
  const isNarrow = useNarrow();
  const add = (): void => {
    sheet.value = { kind: "add" };
  };
  return (
    <section class="card nodes-card" aria-labelledby="nodes-title">
      <div class="section-head">
        <h2 id="nodes-title">{texts.title}</h2>
        <Count cluster={cluster} />
        <span class="grow" />
        <Button id="add-slave" icon="plus" onClick={add}>
          {inLanguage(clusterTexts).showEmpty}
        </Button>
      </div>
      <Controls cluster={cluster} isNarrow={isNarrow} />
      {isNarrow ? <NodeCards cluster={cluster} /> : <NodeTable cluster={cluster} />}
      {list.shown.value.length === 0 && (
        <div class="none-found">
          <p class="soft">{texts.noneFound}</p>
          <Button
            onClick={() => {
              list.choice.value = firstChoice;
            }}
          >
            {texts.showAll}
          </Button>
        </div>
      )}
    </section>
  );
}

function Count({ cluster }: { readonly cluster: Cluster }) {
  return (
    <span class="soft numbers" id="nodes-count" role="status">
      {inLanguage(nodeTexts).found(cluster.list.shown.value.length, cluster.store.ids.value.length)}
    </span>
  );
}

function Controls({ cluster, isNarrow }: { readonly cluster: Cluster; readonly isNarrow: boolean }) {
  const texts = inLanguage(nodeTexts);
  const { choice } = cluster.list;
  const { words, sort, state } = choice.value;
  return (
    <div class="controls">
      <input
        class="input search"
        id="nodes-search"
        type="search"
        aria-label={texts.search}
        placeholder={texts.search}
        autocomplete="off"
        spellcheck={false}
        maxLength={100}
        value={words}
        onInput={(event) => {
          choice.value = { ...choice.value, words: event.currentTarget.value };
        }}
      />
      <StateFilters cluster={cluster} state={state} />
      {isNarrow && (
        <select
          class="input"
          id="nodes-sort"
          aria-label={texts.sortLabel}
          value={sort}
          onChange={(event) => {
            choice.value = { ...choice.value, sort: event.currentTarget.value as SortKey, reversed: false };
          }}
        >
          {sortKeys.map((key) => (
            <option key={key} value={key}>
              {texts.sorts[key]}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}

function StateFilters({ cluster, state }: { readonly cluster: Cluster; readonly state: StateFilter }) {
  const texts = inLanguage(nodeTexts);
  const nodes = cluster.store.nodes.value;
  return (
    <fieldset class="chips">
      <legend class="unseen">{texts.filterLabel}</legend>
      {stateFilters.map((filter) => (
        <label key={filter} class="chip">
          <input
            type="radio"
            name="node-state"
            value={filter}
            checked={state === filter}
            onChange={() => {
              cluster.list.choice.value = { ...cluster.list.choice.value, state: filter };
            }}
          />
          <span>
            {texts.filters[filter]} <span class="numbers soft">{nodes.filter(({ status }) => isInState(status, filter)).length}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
