import classes from './Loading.module.css';

/** Stands where a part of a page is on its way: nothing for a moment, then quiet lines. Never a spinner. */
export function Loading() {
  return (
    <div className={classes.loading} aria-busy="true">
      <span style={{ width: '32%' }} />
      <span style={{ width: '58%' }} />
      <span style={{ width: '46%' }} />
    </div>
  );
}
