// The bar at the top of every page: whose page it is, and how somebody wants to read it.
import type { ComponentChildren } from "preact";
import { commonTexts } from "../common-texts.ts";
import { inLanguage, language, setLanguage } from "../language.ts";
import { setTheme, theme, type Theme } from "../theme.ts";
import { IconButton } from "./button.tsx";
import { Icon, type IconName } from "./icon.tsx";

const nextTheme = { auto: "light", light: "dark", dark: "auto" } as const satisfies Record<Theme, Theme>;
const themeIcon = { auto: "screen", light: "sun", dark: "moon" } as const satisfies Record<Theme, IconName>;

function LanguageSwitch() {
  const other = language() === "ko" ? "en" : "ko";
  return (
    <button class="button quiet" type="button" id="language" lang={other} onClick={() => setLanguage(other)}>
      <span aria-hidden="true">{other === "ko" ? "한국어" : "English"}</span>
      <span class="unseen">{inLanguage(commonTexts).language}</span>
    </button>
  );
}

function ThemeSwitch() {
  return (
    <IconButton
      id="theme"
      icon={themeIcon[theme()]}
      label={inLanguage(commonTexts).theme[theme()]}
      onClick={() => setTheme(nextTheme[theme()])}
    />
  );
}

/** The administrator has two pages; everybody else has one and needs no way. */
export function AdminPages({ current }: { readonly current: "teach" | "cluster" }) {
  const { pages, toTeach, toCluster } = inLanguage(commonTexts);
  return (
    <nav class="bar-pages" id="admin-pages" aria-label={pages}>
      <a href="/teach" aria-current={current === "teach" ? "page" : undefined}>
        {toTeach}
      </a>
      <a href="/cluster" aria-current={current === "cluster" ? "page" : undefined}>
        {toCluster}
      </a>
    </nav>
  );
}

/** On shared computers people look for it: in words where there is room. */
export function SignOutButton({ onClick }: { readonly onClick: () => void }) {
  const text = inLanguage(commonTexts).signOut;
  return (
    <button id="sign-out" class="button quiet bar-action" type="button" title={text} onClick={onClick}>
      <Icon name="door" />
      <span>{text}</span>
    </button>
  );
}

/** @param children what the page adds between the name and the switches */
export function TopBar({
  home,
  children,
  end,
}: {
  readonly home: string;
  readonly children?: ComponentChildren;
  readonly end?: ComponentChildren;
}) {
  return (
    <header class="top-bar">
      <a class="brand" href={home}>
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" fill="var(--accent)" />
          <path d="M12.5 9.8v12.4L23 16z" fill="var(--on-accent)" />
        </svg>
        <span>AIRClass</span>
      </a>
      <div class="grow">{children}</div>
      <LanguageSwitch />
      <ThemeSwitch />
      {end}
    </header>
  );
}
