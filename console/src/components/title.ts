import { useEffect } from 'react';

/** Set the title of the window. */
export function useTitle(...parts: (string | undefined)[]) {
  const title = [...parts.filter(Boolean), 'Lockstep'].join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
}
