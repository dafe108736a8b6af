import { ActionIcon } from '@mantine/core';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { IconArrowDown, IconArrowUp } from './icons';
import { useKeys } from './keys';
import classes from './Neighbours.module.css';
import { around } from './trail';

interface Props {
  previous?: () => void;
  next?: () => void;
  /** It is in a drawer, over the page. */
  over?: boolean;
}

/** To the row before and to the next one, without going back to the list: `[` and `]`. */
export function Neighbours({ previous, next, over }: Props) {
  useKeys({ ...(previous && { '[': previous }), ...(next && { ']': next }) }, over);
  return (
    <span className={over ? classes.over : classes.moves}>
      <ActionIcon size={24} aria-label="Previous" title="Previous  [" disabled={!previous} onClick={previous}>
        <IconArrowUp size={15} />
      </ActionIcon>
      <ActionIcon size={24} aria-label="Next" title="Next  ]" disabled={!next} onClick={next}>
        <IconArrowDown size={15} />
      </ActionIcon>
    </span>
  );
}

/** The same for a page that was opened from a list. */
export function PageNeighbours() {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const found = around(pathname);
  if (!found) return null;
  // The way back leads to the list, not through everything that was looked at.
  const to = (path: string | undefined) => path && (() => navigate({ to: path, replace: true }));
  return <Neighbours previous={to(found.previous) || undefined} next={to(found.next) || undefined} />;
}

/** And for a drawer over its list: the ids of the rows, and the one that is open. */
export function DrawerNeighbours({ ids, at, open }: { ids: string[]; at: string; open: (id: string) => void }) {
  const index = ids.indexOf(at);
  if (index < 0) return null;
  const to = (id: string | undefined) => id && (() => open(id));
  return <Neighbours over previous={to(ids[index - 1]) || undefined} next={to(ids[index + 1]) || undefined} />;
}
