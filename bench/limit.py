"""The limit: the same rows in the same tables by SQL written by hand, two statements and commits for 1,000 charges."""

from __future__ import annotations

import psycopg

BATCH = 1000

# What the run writes before any call: invoice, payment (leased), attempt (sent), and the subscription's next date.
# Dates are taken as plain months here: what the calendar costs is ours to pay, not the limit's.
CLAIM = """
WITH due AS MATERIALIZED (
  SELECT s.id, s.site_id, s.payment_method_id, s.next_index, s.next_due_on, s.installments, t.id AS terms_id,
         t.description, t.amount_minor, t.currency, m.gateway, m.gateway_ref, x.timezone, x.charge_hour,
         (s.next_due_on + interval '1 month')::date AS following
  FROM subscriptions s JOIN sites x ON x.id = s.site_id JOIN terms t ON t.id = s.binding_terms_id
  JOIN payment_methods m ON m.id = s.payment_method_id
  WHERE s.due_at <= now() AND s.status = 'active'
  ORDER BY s.due_at LIMIT %(batch)s FOR UPDATE OF s SKIP LOCKED),
invoice AS (
  INSERT INTO invoices (id, site_id, subscription_id, terms_id, slot, installment, period_start, period_end,
                        invoice_on, status, amount_minor, tax_minor, currency, description, created_at)
  SELECT gen_random_uuid(), site_id, id, terms_id, next_due_on::text, installments + 1, next_due_on, following,
         next_due_on, 'open', amount_minor, 0, currency, description, now() FROM due
  ON CONFLICT (subscription_id, slot) DO NOTHING
  RETURNING id, site_id, subscription_id, slot, amount_minor, currency),
payment AS (
  INSERT INTO payments (id, site_id, subscription_id, invoice_id, payment_method_id, status, amount_minor, currency,
                        gateway, attempts, created_at, due_at)
  SELECT gen_random_uuid(), i.site_id, i.subscription_id, i.id, d.payment_method_id, 'pending', i.amount_minor,
         i.currency, d.gateway, 1, now(), now() + interval '60 seconds'
  FROM invoice i JOIN due d ON d.id = i.subscription_id
  RETURNING id, site_id, subscription_id, invoice_id, payment_method_id),
attempt AS (
  INSERT INTO attempts (id, site_id, payment_id, invoice_id, payment_method_id, number, key, status, asked, started_at,
                        sent_at)
  SELECT gen_random_uuid(), p.site_id, p.id, p.invoice_id, p.payment_method_id, 1,
         i.slot || '-' ||
         encode(sha256(convert_to(concat_ws(':', p.site_id, p.subscription_id, i.slot, 1), 'UTF8')), 'hex'),
         'pending', 0, now(), now()
  FROM payment p JOIN invoice i ON i.id = p.invoice_id
  RETURNING id, key),
moved AS (
  UPDATE subscriptions s SET installments = d.installments + 1, next_index = d.next_index + 1,
         next_due_on = d.following, site_due_at = NULL,
         due_at = (d.following + make_time(d.charge_hour, 0, 0)) AT TIME ZONE d.timezone
  FROM due d WHERE s.id = d.id RETURNING 1)
SELECT id, key FROM attempt
"""
# What a yes changes: attempt, payment, invoice and subscription, and the event that tells of it.
SETTLE = """
WITH answer AS (SELECT * FROM unnest(%(ids)s::uuid[], %(refs)s::text[]) AS a (id, ref)),
attempt AS (
  UPDATE attempts t SET status = 'succeeded', settled_at = now(), gateway_ref = a.ref, code = NULL, words = NULL
  FROM answer a WHERE t.id = a.id AND t.status = 'pending' RETURNING t.payment_id, a.ref),
payment AS (
  UPDATE payments p SET status = 'succeeded', gateway_ref = t.ref, code = NULL, paid_at = now(), due_at = NULL,
         site_due_at = NULL
  FROM attempt t WHERE p.id = t.payment_id RETURNING p.id, p.invoice_id, p.subscription_id),
invoice AS (
  UPDATE invoices i SET status = 'paid', paid_at = now() FROM payment p WHERE i.id = p.invoice_id RETURNING i.id),
subscription AS (
  UPDATE subscriptions s SET sequence = s.sequence + 1, updated_at = now()
  FROM payment p WHERE s.id = p.subscription_id RETURNING s.id, s.site_id, s.sequence, p.id AS payment_id)
INSERT INTO events (id, site_id, subscription_id, sequence, action, event, facts, request_id, created_at)
SELECT gen_random_uuid(), site_id, id, sequence, 'payment', NULL,
       jsonb_build_object('payment_id', payment_id, 'status', 'succeeded'), 'req_limit', now()
FROM subscription
"""


def bill(connection: psycopg.Connection) -> int:
    """Invoice and charge all that is due, a gateway answering at once; how many charges there were."""
    done = 0
    while charged := bill_batch(connection, BATCH):
        done += charged
    return done


def bill_batch(connection: psycopg.Connection, batch: int) -> int:
    rows = connection.execute(CLAIM, {"batch": batch}).fetchall()
    connection.commit()
    if rows:
        refs = [f"ch_{key[-24:]}" for _, key in rows]
        connection.execute(SETTLE, {"ids": [one for one, _ in rows], "refs": refs})
        connection.commit()
    return len(rows)
