"""Alibaba Cloud Short Message Service (Dysmsapi, version 2017-05-25)."""
