-- One row for each incident at Rootly, one column for each attribute that is not a relation. Instants are UTC text.
CREATE TABLE incidents (
    sequential_id INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL, kind TEXT NOT NULL DEFAULT 'normal', slug TEXT,
    parent_incident_id TEXT, duplicate_incident_id TEXT, summary TEXT,
    private INTEGER NOT NULL DEFAULT 0, source TEXT, status TEXT NOT NULL DEFAULT 'started',
    url TEXT, short_url TEXT, public_title TEXT, labels TEXT NOT NULL DEFAULT '{}',
    slack_channel_id TEXT, slack_channel_name TEXT, slack_channel_url TEXT, slack_channel_short_url TEXT,
    slack_channel_deep_link TEXT, slack_channel_archived INTEGER, slack_last_message_ts TEXT,
    zoom_meeting_id TEXT, zoom_meeting_start_url TEXT, zoom_meeting_join_url TEXT, zoom_meeting_password TEXT,
    zoom_meeting_pstn_password TEXT, zoom_meeting_h323_password TEXT, zoom_meeting_global_dial_in_numbers TEXT,
    google_drive_id TEXT, google_drive_parent_id TEXT, google_drive_url TEXT,
    google_meeting_id TEXT, google_meeting_url TEXT,
    microsoft_teams_meeting_id TEXT, microsoft_teams_meeting_url TEXT, microsoft_teams_channel_id TEXT,
    microsoft_teams_channel_name TEXT, microsoft_teams_channel_url TEXT, microsoft_teams_channel_short_url TEXT,
    microsoft_teams_chat_id TEXT, microsoft_teams_chat_url TEXT, microsoft_teams_team_id TEXT,
    google_chat_space_id TEXT, google_chat_space_name TEXT, google_chat_space_url TEXT,
    google_chat_space_short_url TEXT, google_chat_space_archived INTEGER, google_chat_space_domain_id TEXT,
    webex_meeting_id TEXT, webex_meeting_url TEXT,
    jira_issue_key TEXT, jira_issue_id TEXT, jira_issue_url TEXT,
    github_issue_id TEXT, github_issue_url TEXT, gitlab_issue_id TEXT, gitlab_issue_url TEXT,
    asana_task_id TEXT, asana_task_url TEXT, linear_issue_id TEXT, linear_issue_url TEXT,
    trello_card_id TEXT, trello_card_url TEXT, zendesk_ticket_id TEXT, zendesk_ticket_url TEXT,
    pagerduty_incident_id TEXT, pagerduty_incident_number TEXT, pagerduty_incident_url TEXT,
    opsgenie_incident_id TEXT, opsgenie_incident_url TEXT, opsgenie_alert_id TEXT, opsgenie_alert_url TEXT,
    service_now_incident_id TEXT, service_now_incident_key TEXT, service_now_incident_url TEXT,
    mattermost_channel_id TEXT, mattermost_channel_name TEXT, mattermost_channel_url TEXT,
    confluence_page_id TEXT, confluence_page_url TEXT, datadog_notebook_id TEXT, datadog_notebook_url TEXT,
    shortcut_story_id TEXT, shortcut_story_url TEXT, shortcut_task_id TEXT, shortcut_task_url TEXT,
    motion_task_id TEXT, motion_task_url TEXT, clickup_task_id TEXT, clickup_task_url TEXT,
    victor_ops_incident_id TEXT, victor_ops_incident_url TEXT, quip_page_id TEXT, quip_page_url TEXT,
    sharepoint_page_id TEXT, sharepoint_page_url TEXT,
    airtable_base_key TEXT, airtable_table_name TEXT, airtable_record_id TEXT, airtable_record_url TEXT,
    freshservice_ticket_id TEXT, freshservice_ticket_url TEXT, freshservice_task_id TEXT, freshservice_task_url TEXT,
    mitigation_message TEXT, resolution_message TEXT, cancellation_message TEXT,
    scheduled_for TEXT, scheduled_until TEXT, muted_service_ids TEXT, retrospective_progress_status TEXT,
    in_triage_at TEXT, started_at TEXT, detected_at TEXT, acknowledged_at TEXT, mitigated_at TEXT,
    resolved_at TEXT, closed_at TEXT, cancelled_at TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL
);

-- What an incident at Rootly refers to: services, severities, people, events, alerts and so on.
CREATE TABLE resources (
    key INTEGER PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL,
    slug TEXT, name TEXT, attributes TEXT NOT NULL
);

-- The resources that an incident has in a relation, in order.
CREATE TABLE links (
    sequential_id INTEGER NOT NULL, relation TEXT NOT NULL, position INTEGER NOT NULL, key INTEGER NOT NULL,
    PRIMARY KEY (sequential_id, relation, position)
) WITHOUT ROWID;

-- incident.io. Nothing here refers to Rootly, except resources that both know, such as a PagerDuty incident.
CREATE TABLE io_incidents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, summary TEXT,
    status TEXT NOT NULL, severity TEXT, mode TEXT NOT NULL, visibility TEXT NOT NULL,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL
);
CREATE TABLE io_attachments (
    id TEXT PRIMARY KEY, incident_id TEXT NOT NULL, resource_type TEXT NOT NULL,
    external_id TEXT NOT NULL, title TEXT NOT NULL, permalink TEXT NOT NULL
);

-- The truth about the incidents at Rootly that were written by hand. No API serves these tables.
-- What broke and why, in each family of causes.
CREATE TABLE families (family TEXT PRIMARY KEY, cause TEXT NOT NULL);
-- Which incidents have the same cause.
CREATE TABLE histories (sequential_id INTEGER PRIMARY KEY, family TEXT NOT NULL);
-- What is odd about an incident.
CREATE TABLE cases (sequential_id INTEGER PRIMARY KEY, name TEXT NOT NULL);
