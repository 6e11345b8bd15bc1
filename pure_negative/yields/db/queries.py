"""The longer statements to the file of judgements, whose tables are in `schema`."""

from __future__ import annotations

SETTING = ("preset", "w", "width", "height", "cfg", "steps", "checkpoint")
COUNTED = "SELECT setting, class, shape, count(*)"
RUN = "SELECT id, path, pictures FROM runs"
SAID = "FROM judgements j JOIN pictures p ON p.id = j.picture"
MARKED = "FROM members m JOIN marks k USING (picture) JOIN pictures p ON p.id = m.picture WHERE m.run = ?"
STEPS = """
SELECT coalesce(max(s.steps), 0) FROM members m JOIN pictures p ON p.id = m.picture JOIN settings s ON s.id = p.setting
WHERE m.run = ?
"""
ENTRY = f"""
SELECT m.place, p.key, p.seed, {", ".join(f"s.{name}" for name in SETTING)},
    coalesce(j.class, 0), coalesce(j.shape, ''), k.picture IS NOT NULL
FROM members m JOIN pictures p ON p.id = m.picture JOIN settings s ON s.id = p.setting
    LEFT JOIN judgements j ON j.judge = ?1 AND j.picture = m.picture
    LEFT JOIN marks k ON k.picture = m.picture AND k.judge = ?1
WHERE m.run = ?2
"""
WAITING = """
SELECT m.place FROM members m
WHERE m.run = ?2 AND m.place > ?3 AND NOT EXISTS (SELECT 1 FROM judgements WHERE judge = ?1 AND picture = m.picture)
ORDER BY m.place LIMIT 1
"""
PLACE = "(SELECT place FROM members m WHERE m.run = progress.run AND m.picture = ?2)"
BEFORE = f"coalesce((SELECT max(place) FROM members m WHERE m.run = progress.run AND m.place < {PLACE}), 0)"
OF_PICTURE = "judge = ?1 AND run IN (SELECT run FROM members WHERE picture = ?2)"
ONE_MORE = (
    "INSERT INTO progress (run, judge, judged) SELECT run, ?1, 1 FROM members WHERE picture = ?2 "
    "ON CONFLICT (run, judge) DO UPDATE SET judged = judged + 1",
    f"UPDATE progress SET done = {PLACE} WHERE {OF_PICTURE} AND done >= {BEFORE} AND done < {PLACE}",
)
ONE_LESS = f"UPDATE progress SET judged = judged - 1, done = min(done, {PLACE} - 1) WHERE {OF_PICTURE}"
ALL_AGAIN = (
    "UPDATE runs SET pictures = (SELECT count(*) FROM members WHERE run = id) WHERE id = ?1",
    "DELETE FROM progress WHERE run = ?1",
    "INSERT INTO progress (run, judge, judged) SELECT m.run, judge, count(*) "
    "FROM members m JOIN judgements USING (picture) WHERE m.run = ?1 GROUP BY judge",
    """UPDATE progress SET done = coalesce((
        SELECT m.place - 1 FROM members m WHERE m.run = ?1
            AND NOT EXISTS (SELECT 1 FROM judgements j WHERE j.judge = progress.judge AND j.picture = m.picture)
        ORDER BY m.place LIMIT 1), (SELECT max(place) FROM members WHERE run = ?1))
    WHERE run = ?1""",
)
VERDICT = """
UPDATE pictures SET (class, shape) = (
    SELECT CASE WHEN count(*) = 0 THEN NULL WHEN min(class) = max(class) THEN min(class) ELSE 0 END,
        CASE count(DISTINCT nullif(shape, '')) WHEN 0 THEN '' WHEN 1 THEN max(shape) ELSE '?' END
    FROM judgements WHERE picture = pictures.id)
WHERE id = ?
"""
